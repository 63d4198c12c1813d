// What the tests share: a tenant with users on a real server, and waiting for what is to happen.
import { expect, onTestFinished } from 'vitest';
import { TestServer } from '../../testing/server.mjs';
import { HeyyoClient, type HeyyoOptions, type Message } from '../src/index.js';

/** A tenant of a server. */
export class Tenant {
  private constructor(
    readonly server: TestServer,
    readonly app: { id: string; api_key: string; api_secret: string },
  ) {}

  static async on(server: TestServer): Promise<Tenant> {
    return new Tenant(server, await server.createApp());
  }

  /** A token for a user. */
  token(user: string): Promise<string> {
    return this.server.token(this.app, user, { display_name: user });
  }

  /** A client of a user, which ends with the test. */
  client(user: string, options: Partial<HeyyoOptions> = {}): HeyyoClient {
    const client = new HeyyoClient({ apiUrl: this.server.url, token: () => this.token(user), ...options });
    onTestFinished(() => client.disconnect());
    return client;
  }

  /** A client that is connected. */
  async online(user: string, options: Partial<HeyyoOptions> = {}): Promise<HeyyoClient> {
    const client = this.client(user, { autoConnect: false, ...options });
    await client.connect();
    return client;
  }

  /** Installs a bundled plugin. */
  plugin(name: string, config: unknown): Promise<unknown> {
    return this.server.installPlugin(this.app, name, config);
  }
}

/** All that a client is told in a channel, as it comes. */
export function told(client: HeyyoClient, channelId?: string): Message[] {
  const messages: Message[] = [];
  client.on('message.new', (message) => {
    if (channelId === undefined || message.channel_id === channelId) messages.push(message);
  });
  return messages;
}

/** Waits until it is so, and says what it was instead if it never is. */
export function until(check: () => void | Promise<void>, timeout = 30_000): Promise<void> {
  return expect.poll(async () => (await check(), true), { timeout, interval: 20 }).toBe(true);
}

/** The places of messages. */
export function places(messages: readonly Message[]): number[] {
  return messages.map((message) => message.seq);
}

/** 1 to n. */
export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}
