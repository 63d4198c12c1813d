// What waits to be sent: each channel's messages one after the other, tried again under the same client id until
// the server has one or refuses it for good. With a storage it outlives the page.
import { asError, HeyyoError, isPassing, type ErrorCode } from './error.js';
import { newClientId, type Draft, type Message, type PendingMessage } from './messages.js';
import { aborted, backoff, wait } from './timing.js';
import type { User } from './token.js';

/** Where the outbox keeps what it holds: `localStorage` is one. */
export interface OutboxStorage {
  /** What is kept under a key. */
  getItem(key: string): string | null;
  /** Keeps it. */
  setItem(key: string, value: string): void;
  /** Keeps it no more. */
  removeItem(key: string): void;
}

/** What the outbox needs from outside. @internal */
export interface OutboxNeeds {
  storage?: OutboxStorage;
  /** Brings a message to the server, by whichever door is open. */
  transmit(channelId: string, draft: Draft, clientId: string): Promise<Message>;
  /** What waits in a channel has changed. */
  changed(channelId: string): void;
  /** The server has a message. */
  sent(message: Message): void;
  failed(error: HeyyoError): void;
}

interface Entry {
  item: PendingMessage;
  tries: number;
  done?: (message: Message) => void;
  fail?: (error: HeyyoError) => void;
}

interface Stored extends Omit<PendingMessage, 'error' | 'state'> {
  failed?: { code: ErrorCode; message: string; plugin?: string; reasonCode?: string; messageId?: string };
}

/** The messages that are not stored yet. */
export class Outbox {
  readonly #needs: OutboxNeeds;
  /** By client id, in the order they were written. */
  readonly #entries = new Map<string, Entry>();
  /** Channels that are being worked on, each with what ends its wait. */
  readonly #workers = new Map<string, AbortController>();
  #isPaused = false;
  #user: User | undefined;

  /** @internal */
  constructor(needs: OutboxNeeds) {
    this.#needs = needs;
  }

  /** What waits or failed in a channel, in the order it was written. */
  pending(channelId: string): PendingMessage[] {
    return [...this.#entries.values()].map(({ item }) => item).filter((item) => item.channelId === channelId);
  }

  /** Tries a failed message again. What becomes of it shows in `pending` and in `message.new`. */
  retry(clientId: string): void {
    const entry = this.#entries.get(clientId);
    if (entry?.item.state !== 'failed') return;
    entry.tries = 0;
    this.#set(entry, 'queued');
    this.#work(entry.item.channelId);
  }

  /** Gives a message up. One that is on its way may arrive all the same. */
  discard(clientId: string): void {
    const entry = this.#entries.get(clientId);
    if (!entry) return;
    this.#remove(entry);
    entry.fail?.(new HeyyoError('aborted', 'The message was discarded'));
    // If it was waited for, the next one need not wait.
    this.#workers.get(entry.item.channelId)?.abort();
  }

  /** Queues a message; resolves once the server has it. @internal */
  send(channelId: string, draft: Draft, signal?: AbortSignal): Promise<Message> {
    if (signal?.aborted) return Promise.reject(aborted(signal));
    const clientId = draft.clientId ?? newClientId();
    if (this.#entries.has(clientId)) {
      return Promise.reject(new HeyyoError('conflict', `${clientId} is in the outbox already`));
    }
    return new Promise<Message>((done, fail) => {
      const item = { clientId, channelId, draft, state: 'queued', createdAt: new Date().toISOString() } as const;
      const abort = () => this.discard(clientId);
      const entry: Entry = {
        item,
        tries: 0,
        done: (message) => (signal?.removeEventListener('abort', abort), done(message)),
        fail: (error) => (signal?.removeEventListener('abort', abort), fail(error)),
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#entries.set(clientId, entry);
      this.#keep(entry.item);
      this.#needs.changed(channelId);
      this.#work(channelId);
    });
  }

  /** A message was told to all: if it was waited for, it is there. @internal */
  arrived(message: Message): void {
    const entry = message.client_id === null ? undefined : this.#entries.get(message.client_id);
    if (!entry || entry.item.channelId !== message.channel_id || message.user_id !== this.#user?.id) return;
    this.#settle(entry, message);
  }

  /** The connection is there: what waited for it goes now. @internal */
  resume(): void {
    this.#isPaused = false;
    for (const ending of this.#workers.values()) ending.abort();
    for (const { item } of this.#entries.values()) this.#work(item.channelId);
  }

  /** No more tries until `resume`. @internal */
  pause(): void {
    this.#isPaused = true;
    for (const ending of this.#workers.values()) ending.abort();
  }

  /** The user is known: what they left behind goes first. @internal */
  attach(user: User): void {
    if (this.#user?.id === user.id && this.#user.appId === user.appId) return;
    const early = [...this.#entries.values()];
    this.#entries.clear();
    // Another user than before: nobody sends what somebody else wrote. In a storage it waits for its writer.
    for (const entry of this.#user ? early.splice(0) : []) {
      entry.fail?.(new HeyyoError('aborted', 'The token is of another user now'));
      this.#needs.changed(entry.item.channelId);
    }
    this.#user = user;
    for (const { failed, ...stored } of this.#read()) {
      const { code, message, ...details } = failed ?? {};
      const error = code && new HeyyoError(code, message ?? code, details);
      const item: PendingMessage = { ...stored, state: error ? 'failed' : 'queued', ...(error && { error }) };
      this.#entries.set(item.clientId, { item, tries: 0 });
    }
    for (const entry of early) {
      this.#entries.set(entry.item.clientId, entry);
      this.#keep(entry.item);
    }
    for (const channelId of new Set([...this.#entries.values()].map(({ item }) => item.channelId))) {
      this.#needs.changed(channelId);
      this.#work(channelId);
    }
  }

  #next(channelId: string): Entry | undefined {
    for (const entry of this.#entries.values()) {
      if (entry.item.channelId === channelId && entry.item.state !== 'failed') return entry;
    }
    return undefined;
  }

  #work(channelId: string): void {
    if (this.#workers.has(channelId) || !this.#next(channelId)) return;
    this.#workers.set(channelId, new AbortController());
    void this.#empty(channelId);
  }

  /** One message at a time: the second of two never overtakes the first, whatever happens to it. */
  async #empty(channelId: string): Promise<void> {
    try {
      for (let entry; (entry = this.#next(channelId));) {
        const { draft, clientId } = entry.item;
        this.#set(entry, 'sending');
        try {
          this.#settle(entry, await this.#needs.transmit(channelId, draft, clientId));
          continue;
        } catch (thrown) {
          const error = asError(thrown);
          if (this.#entries.get(clientId) !== entry) continue;
          if (!isPassing(error)) {
            this.#set(entry, 'failed', error);
            entry.fail?.(error);
            entry.done = entry.fail = undefined;
            continue;
          }
          this.#set(entry, 'queued', error);
          if (this.#isPaused) return;
          const ending = new AbortController();
          this.#workers.set(channelId, ending);
          await wait(backoff(entry.tries++, error.retryAfter), ending.signal).catch(() => {});
          if (this.#isPaused) return;
        }
      }
    } finally {
      // At once: whoever heard of the last one may have the next one ready.
      this.#workers.delete(channelId);
    }
  }

  #settle(entry: Entry, message: Message): void {
    if (this.#entries.get(entry.item.clientId) !== entry) return;
    this.#needs.sent(message);
    this.#remove(entry);
    entry.done?.(message);
  }

  #set(entry: Entry, state: PendingMessage['state'], error?: HeyyoError): void {
    const { error: _, ...item } = entry.item;
    entry.item = { ...item, state, ...(error && { error }) };
    this.#keep(entry.item);
    this.#needs.changed(entry.item.channelId);
  }

  #remove(entry: Entry): void {
    const { clientId, channelId } = entry.item;
    this.#entries.delete(clientId);
    this.#store((stored) => stored.filter((other) => other.clientId !== clientId));
    this.#needs.changed(channelId);
  }

  #keep({ state, error, ...item }: PendingMessage): void {
    const kept: Stored = { ...item };
    if (state === 'failed' && error) {
      const { code, message, plugin, reasonCode, messageId } = error;
      kept.failed = { code, message, plugin, reasonCode, messageId };
    }
    this.#store((stored) => {
      const at = stored.findIndex((other) => other.clientId === item.clientId);
      return at < 0 ? [...stored, kept] : stored.with(at, kept);
    });
  }

  get #key(): string | undefined {
    return this.#user && `heyyo:outbox:${this.#user.appId}:${this.#user.id}`;
  }

  #read(): Stored[] {
    try {
      const text = this.#key && this.#needs.storage?.getItem(this.#key);
      const stored: unknown = text ? JSON.parse(text) : [];
      return Array.isArray(stored) ? stored : [];
    } catch (thrown) {
      this.#needs.failed(asError(thrown));
      return [];
    }
  }

  /** Read anew each time: another page of the same user may have written. */
  #store(change: (stored: Stored[]) => Stored[]): void {
    const { storage } = this.#needs;
    if (!storage || !this.#key) return;
    try {
      const stored = change(this.#read());
      if (stored.length === 0) storage.removeItem(this.#key);
      else storage.setItem(this.#key, JSON.stringify(stored));
    } catch (thrown) {
      // Full, or forbidden by the browser: the message is sent all the same.
      this.#needs.failed(asError(thrown));
    }
  }
}
