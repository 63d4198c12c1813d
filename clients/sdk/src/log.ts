// The order of messages: each channel's, once and without holes, over lost connections. The server numbers
// the messages of a channel 1, 2, 3 …; what does not follow on what was told is kept until the hole is filled.
//
// A channel's place is known from the list of channels (`last_seq`), which is read before the first connect; of
// a channel that is joined later from its details, or from its first message. Nothing before it is news.
import { asError } from './error.js';
import type { Recovery } from './events.js';
import type { Message } from './messages.js';
import { backoff, wait } from './timing.js';

/** Messages of one page, which is the most that the server gives. */
const PAGE = 100;

interface Place {
  /** The `seq` of the newest message that was told. */
  last: number;
  /** Messages that are too new, until those before them are there. */
  held: Map<number, Message>;
  /** Ends the filling of a hole. */
  filling?: AbortController;
}

/** What the logs need from outside. */
export interface LogsNeeds {
  /** A page of messages right after a place. */
  pageAfter(channelId: string, seq: number, limit: number, signal: AbortSignal): Promise<Message[]>;
  /** Tells of a message that is new. */
  tell(message: Message): void;
}

/** The logs of all channels, as far as they were told. */
export class Logs {
  readonly #needs: LogsNeeds;
  readonly #places = new Map<string, Place>();

  constructor(needs: LogsNeeds) {
    this.#needs = needs;
  }

  /** How far each channel was told: what the server wants to hear on a connect. */
  get since(): Record<string, number> {
    return Object.fromEntries([...this.#places].map(([channelId, place]) => [channelId, place.last]));
  }

  /** Whether a channel's place is known. */
  knows(channelId: string): boolean {
    return this.#places.has(channelId);
  }

  /** All up to this place is no news, unless the place is known already. */
  learn(channelId: string, seq: number): void {
    if (!this.#places.has(channelId)) this.#places.set(channelId, { last: seq, held: new Map() });
  }

  /** The user is in a channel no more. */
  forget(channelId: string): void {
    this.#places.get(channelId)?.filling?.abort();
    this.#places.delete(channelId);
  }

  /** The connection is lost: what was kept comes again with the next one. */
  pause(): void {
    for (const place of this.#places.values()) {
      place.filling?.abort();
      place.filling = undefined;
      place.held.clear();
    }
  }

  /** A message came over the socket. */
  receive(message: Message): void {
    this.learn(message.channel_id, message.seq - 1);
    const place = this.#places.get(message.channel_id)!;
    if (message.seq <= place.last) return;
    place.held.set(message.seq, message);
    this.#drain(message.channel_id, place);
  }

  /** A message is gone: one that waits to be told is only its place from now on. */
  deleted(channelId: string, messageId: string): void {
    const held = this.#places.get(channelId)?.held ?? new Map<number, Message>();
    for (const [seq, message] of held) {
      if (message.id === messageId) held.set(seq, { ...message, deleted_at: message.updated_at });
    }
  }

  /** The server has caught up with a channel, or has not. */
  recovered({ channelId, to, complete }: Recovery): void {
    const place = this.#places.get(channelId);
    if (!place || complete) return;
    // Another database than the one that was known: it counts from its own place.
    if (to < place.last) place.last = to;
    if (to > place.last) void this.#fill(channelId, place, to);
  }

  #drain(channelId: string, place: Place): void {
    if (place.filling) return;
    for (let next; (next = place.held.get(place.last + 1));) {
      place.held.delete(next.seq);
      this.#tell(place, next);
    }
    if (place.held.size > 0) void this.#fill(channelId, place, Math.min(...place.held.keys()) - 1);
  }

  #tell(place: Place, message: Message): void {
    place.last = message.seq;
    // What was deleted before it was told is a place in the order and nothing else.
    if (message.deleted_at === null) this.#needs.tell(message);
  }

  /** Fetches what is missing up to a place. The pages have no deleted messages: their places stay empty. */
  async #fill(channelId: string, place: Place, target: number): Promise<void> {
    place.filling?.abort();
    const { signal } = (place.filling = new AbortController());
    for (let tries = 0; place.last < target && !signal.aborted;) {
      try {
        const page = await this.#needs.pageAfter(channelId, place.last, PAGE, signal);
        if (signal.aborted) return;
        tries = 0;
        for (const message of page) {
          if (message.seq > place.last && message.seq <= target) this.#tell(place, message);
          if (signal.aborted) return;
        }
        const newest = page.at(-1);
        if (!newest || page.length < PAGE || newest.seq >= target) place.last = Math.max(place.last, target);
      } catch (thrown) {
        if (signal.aborted) return;
        const error = asError(thrown);
        if (error.code === 'forbidden' || error.code === 'not_found') return this.forget(channelId);
        await wait(backoff(tries++, error.retryAfter), signal).catch(() => {});
      }
    }
    if (signal.aborted) return;
    place.filling = undefined;
    for (const seq of [...place.held.keys()]) if (seq <= place.last) place.held.delete(seq);
    this.#drain(channelId, place);
  }
}
