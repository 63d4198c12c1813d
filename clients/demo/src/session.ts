// The demo's own tenant: made on the first visit with the calls that dev mode leaves open, and kept in this
// browser. A real page never has a secret: its backend has it.
const KEPT = 'heyyo.demo.app';

/** A tenant's credentials. */
export interface App {
  api_key: string;
  api_secret: string;
}

/** A refusal in the server's words. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** One call; throws what the server refuses. */
export async function call<T>(method: string, path: string, options: { app?: App; json?: unknown; form?: FormData } = {}): Promise<T> {
  const { app, json, form } = options;
  const answer = await fetch(path, {
    method,
    headers: {
      ...(app && { 'X-API-Key': app.api_key, 'X-API-Secret': app.api_secret }),
      ...(json !== undefined && { 'Content-Type': 'application/json' }),
    },
    body: json === undefined ? form : JSON.stringify(json),
  });
  const said = (await answer.json().catch(() => ({}))) as T & { error?: string };
  if (!answer.ok) throw new Refused(answer.status, said.error ?? `The server answered ${answer.status}`);
  return said;
}

/** The demo's tenant. */
export async function app(): Promise<App> {
  // Two windows of one browser that are opened at once mean the same one.
  const kept = await navigator.locks.request(KEPT, async () => {
    const made = localStorage.getItem(KEPT);
    if (made) return made;
    const { api_key, api_secret } = await call<App>('POST', '/api/apps', { json: { name: 'Demo' } });
    const app = JSON.stringify({ api_key, api_secret });
    localStorage.setItem(KEPT, app);
    return app;
  });
  return JSON.parse(kept) as App;
}

/** A token for a user of the demo. A server with a new database does not know the old tenant: there is a new one. */
export async function token(user: string): Promise<string> {
  const credentials = await app();
  const json = { ...credentials, user_id: user, display_name: nameOf(user) };
  try {
    return (await call<{ token: string }>('POST', '/api/auth/token', { json })).token;
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 401) throw error;
    if (localStorage.getItem(KEPT) === JSON.stringify(credentials)) localStorage.removeItem(KEPT);
    const json = { ...(await app()), user_id: user, display_name: nameOf(user) };
    return (await call<{ token: string }>('POST', '/api/auth/token', { json })).token;
  }
}

/** How a user is called. */
export function nameOf(user: string): string {
  return user.charAt(0).toLocaleUpperCase() + user.slice(1);
}
