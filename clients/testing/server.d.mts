// The types of server.mjs.
export interface App {
  id: string;
  api_key: string;
  api_secret: string;
}

export class TestServer {
  port: number;
  url: string;
  static start(environment?: Record<string, string>): Promise<TestServer>;
  up(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
  remove(): Promise<void>;
  call<T = Record<string, unknown>>(
    method: string,
    path: string,
    options?: { body?: unknown; headers?: Record<string, string> },
  ): Promise<T>;
  createApp(name?: string): Promise<App>;
  token(app: App, user: string, profile?: Record<string, unknown>): Promise<string>;
  installPlugin(app: App, name: string, config?: unknown): Promise<Record<string, unknown>>;
}
