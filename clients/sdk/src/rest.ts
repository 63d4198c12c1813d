// Calls by REST: the token on each, a refused token replaced once, and every failure as a HeyyoError.
import { asError, HeyyoError, refused, type Refusal } from './error.js';
import { aborted } from './timing.js';
import type { Tokens } from './token.js';

/** How long an answer may take, in milliseconds. */
const PATIENCE = 15_000;

/** What a call has beside its method and path. */
export interface Call {
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  signal?: AbortSignal;
}

/** The REST door of one server, for one user. */
export class Rest {
  readonly #url: string;
  readonly #tokens: Tokens;
  readonly #fetch: typeof fetch;

  constructor(url: string, tokens: Tokens, fetcher?: typeof fetch) {
    this.#url = url.replace(/\/+$/, '');
    this.#tokens = tokens;
    // Not the bare function: a browser's `fetch` wants to be called as a method of the window.
    this.#fetch = fetcher ?? ((...call) => globalThis.fetch(...call));
  }

  /** The answer to a call. */
  async call<T>(method: string, path: string, call: Call = {}): Promise<T> {
    const token = await this.#until(call.signal, this.#tokens.get());
    try {
      return await this.#exchange<T>(method, path, token, call);
    } catch (thrown) {
      const error = asError(thrown);
      if ((error.status !== 401 && error.status !== 403) || !this.#tokens.canRefresh) throw error;
      // Not a member and an ended token are the same status: a new token tells which it is.
      const next = await this.#until(call.signal, this.#tokens.refresh(token)).catch((why) => {
        throw asError(why).code === 'aborted' ? why : error;
      });
      return this.#exchange<T>(method, path, next, call);
    }
  }

  async #exchange<T>(method: string, path: string, token: string, { query, body, signal }: Call): Promise<T> {
    if (signal?.aborted) throw aborted(signal);
    const url = new URL(this.#url + path);
    for (const [name, value] of Object.entries(query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const ending = new AbortController();
    const end = () => ending.abort();
    signal?.addEventListener('abort', end, { once: true });
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      end();
    }, PATIENCE);
    try {
      const answer = await this.#fetch(url, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
        signal: ending.signal,
      });
      const text = await answer.text();
      return read<T>(answer, text);
    } catch (thrown) {
      if (thrown instanceof HeyyoError) throw thrown;
      if (signal?.aborted) throw aborted(signal);
      if (isLate) throw new HeyyoError('timeout', 'The server did not answer in time');
      throw new HeyyoError('network', 'The server cannot be reached', { cause: thrown });
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
    }
  }

  /** Waits for what cannot be ended, unless the caller's patience ends before. */
  #until<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
    if (!signal) return promise;
    return new Promise<T>((done, fail) => {
      const end = () => fail(aborted(signal));
      if (signal.aborted) end();
      signal.addEventListener('abort', end, { once: true });
      promise.then(done, fail).finally(() => signal.removeEventListener('abort', end));
    });
  }
}

function read<T>(answer: Response, text: string): T {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    // A proxy's page, for example.
    said = undefined;
  }
  // 202: a plugin keeps the message aside. It is not sent, so it is no success.
  if (answer.ok && answer.status !== 202 && said !== undefined) return said as T;
  const retryAfter = Number(answer.headers.get('retry-after') ?? Number.NaN);
  const requestId = answer.headers.get('x-request-id');
  throw refused((said ?? {}) as Partial<Refusal>, {
    status: answer.status,
    ...(Number.isFinite(retryAfter) && { retryAfter }),
    ...(requestId !== null && { requestId }),
  });
}
