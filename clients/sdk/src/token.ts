// The user's token: asked for when it is needed, once for all who need it at the same time, and again before
// it ends. What it says is read and never believed: only the server can check it.
import { asError, HeyyoError } from './error.js';

/** The user that a token is for. */
export interface User {
  /** Heyyo's id of the user, as `user_id` of messages and `userId` of events have it. */
  id: string;
  /** The app. */
  appId: string;
}

/** A token, or what gives one: your backend's answer, fetched. */
export type TokenSource = string | (() => string | Promise<string>);

/** Asks for a new token when so much of the life of the present one is over. */
const LIFE_USED = 0.8;
/** `setTimeout` takes no more. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** What keeps the token. */
export class Tokens {
  readonly #source: TokenSource;
  readonly #known: (user: User) => void;
  #token: string | undefined;
  #asking: Promise<string> | undefined;
  #refreshAt = Infinity;
  #endsAt = Infinity;

  constructor(source: TokenSource, known: (user: User) => void) {
    this.#source = source;
    this.#known = known;
  }

  /** Whether there can be another token than the present one. */
  get canRefresh(): boolean {
    return typeof this.#source === 'function';
  }

  /** Milliseconds until the token should be replaced. */
  get refreshIn(): number {
    return Math.min(LONGEST_TIMER, this.#refreshAt - Date.now());
  }

  /** The token; a new one if the present one is about to end, unless there is none to be had. */
  async get(): Promise<string> {
    const token = this.#token;
    if (token === undefined) return this.refresh();
    if (!this.canRefresh || this.refreshIn > 0) return token;
    return this.refresh().catch((thrown: unknown) => {
      if (Date.now() < this.#endsAt) return token;
      throw thrown;
    });
  }

  /** A new token, unless somebody else got one since `refused` was. */
  refresh(refused?: string): Promise<string> {
    if (refused !== undefined && this.#token !== undefined && refused !== this.#token) {
      return Promise.resolve(this.#token);
    }
    this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #ask(): Promise<string> {
    let token: unknown;
    try {
      token = typeof this.#source === 'function' ? await this.#source() : this.#source;
    } catch (thrown) {
      if (thrown instanceof HeyyoError) throw thrown;
      throw new HeyyoError('unauthenticated', `No token: ${asError(thrown).message}`, { cause: thrown });
    }
    if (typeof token !== 'string' || token === '') throw new HeyyoError('unauthenticated', 'No token');
    this.#token = token;
    this.#read(token);
    return token;
  }

  #read(token: string): void {
    const { sub, aud, iat, exp } = claims(token);
    this.#refreshAt = this.#endsAt = Infinity;
    if (typeof iat === 'number' && typeof exp === 'number') {
      const [life, age] = [(exp - iat) * 1000, Math.max(0, Date.now() - iat * 1000)];
      this.#endsAt = exp * 1000;
      // A clock that is far ahead would see every token as ended: then a tenth of its life is waited all the same.
      this.#refreshAt = Date.now() + Math.max(life * LIFE_USED - age, life / 10, 500);
    }
    if (typeof sub === 'string' && typeof aud === 'string') this.#known({ id: sub, appId: aud });
  }
}

/** What a token says; nothing if it is none. */
function claims(token: string): Record<string, unknown> {
  try {
    const bytes = atob((token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'));
    return JSON.parse(new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0))));
  } catch {
    return {};
  }
}
