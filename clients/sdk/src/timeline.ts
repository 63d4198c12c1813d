// One channel's messages as a page shows them: the newest first loaded, older ones on demand, and everything that
// happens applied. Its snapshots fit React's `useSyncExternalStore`: each is never changed, and the same until
// something changes.
import { asError, type HeyyoError } from './error.js';
import type { MessageDeleted, MessageUpdated, ReactionNew } from './events.js';
import type { Message, PendingMessage } from './messages.js';

/** What a timeline shows. */
export interface TimelineSnapshot {
  /** Ascending by `seq`; the deleted are not among them. */
  readonly messages: readonly Message[];
  /** The caller's own that are not stored yet. */
  readonly pending: readonly PendingMessage[];
  /** Whether there is more before the first. */
  readonly hasOlder: boolean;
  readonly isLoading: boolean;
  /** Why the last load failed; gone with the next one. */
  readonly error?: HeyyoError;
}

/** One channel's messages, shared by all who show it. */
export interface Timeline {
  /** Whose messages these are. */
  readonly channelId: string;
  /** Tells of each change; gives what ends that. The first subscriber starts the first load. */
  subscribe(listener: () => void): () => void;
  /** What it shows now: the same object until something changes. */
  getSnapshot(): TimelineSnapshot;
  /** Loads a page of older messages. */
  loadOlder(): Promise<void>;
  /** Reads the newest again. Happens by itself after each connect. */
  refresh(): Promise<void>;
  /** This user of it is done; after the last one it is forgotten. */
  close(): void;
}

/** What a timeline needs from outside. */
export interface TimelineNeeds {
  pageBefore(channelId: string, seq: number | undefined, limit: number, signal: AbortSignal): Promise<Message[]>;
  pending(channelId: string): PendingMessage[];
  /** Nobody uses it any more. */
  closed(): void;
}

/** What happened to a message. */
export type Change =
  | { kind: 'new'; message: Message }
  | { kind: 'deleted'; of: MessageDeleted }
  | { kind: 'reaction'; of: ReactionNew }
  | { kind: 'updated'; of: MessageUpdated };

const FIRST_PAGE = 50;
const PAGE = 100;
/** How many of the newest are read again after a connect. Reactions to older ones show with the next load. */
const READ_AGAIN = 300;

/** The one timeline of a channel. */
export class SharedTimeline {
  readonly channelId: string;
  readonly #needs: TimelineNeeds;
  readonly #listeners = new Set<() => void>();
  readonly #ending = new AbortController();
  #messages: readonly Message[] = [];
  #hasOlder = true;
  #loads = 0;
  #error: HeyyoError | undefined;
  #snapshot: TimelineSnapshot | undefined;
  #older: Promise<void> | undefined;
  #refreshing: Promise<void> | undefined;
  #isStale = false;
  /** What happens while messages are read, to be applied to what was read before it happened. */
  readonly #meanwhile = new Set<Change[]>();
  users = 0;

  constructor(channelId: string, needs: TimelineNeeds) {
    this.channelId = channelId;
    this.#needs = needs;
  }

  /** For one user of it, who closes it once. */
  handle(): Timeline {
    this.users += 1;
    let isOpen = true;
    return {
      channelId: this.channelId,
      subscribe: (listener) => this.#subscribe(listener),
      getSnapshot: () => this.#look(),
      loadOlder: () => this.#loadOlder(),
      refresh: () => this.refresh(),
      close: () => {
        if (isOpen) this.users -= 1;
        if (isOpen && this.users === 0) {
          this.#ending.abort();
          this.#needs.closed();
        }
        isOpen = false;
      },
    };
  }

  /** Something happened in the channel. */
  apply(change: Change): void {
    for (const changes of this.#meanwhile) changes.push(change);
    const messages = applied(this.#messages, change);
    if (messages === this.#messages) return;
    this.#messages = messages;
    this.changed();
  }

  /** Tells those who listen. */
  changed(): void {
    this.#snapshot = undefined;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Reads the newest again, so that what was missed of them shows. One at a time; one more if asked meanwhile. */
  refresh(): Promise<void> {
    if (this.#refreshing) {
      this.#isStale = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#load(() => this.#readNewest()).finally(() => {
      this.#refreshing = undefined;
      if (this.#isStale && !this.#ending.signal.aborted) void this.refresh();
      this.#isStale = false;
    });
    return this.#refreshing;
  }

  /** After a connect: only what is shown needs to be read. */
  reconnected(): void {
    if (this.#messages.length > 0 || this.#error || this.#listeners.size > 0) void this.refresh();
  }

  #subscribe(listener: () => void): () => void {
    const own = () => listener();
    this.#listeners.add(own);
    if (this.#messages.length === 0 && this.#hasOlder && !this.#refreshing && !this.#error) void this.refresh();
    return () => void this.#listeners.delete(own);
  }

  #look(): TimelineSnapshot {
    if (!this.#snapshot) {
      const stored = new Set(this.#messages.map((message) => message.client_id));
      this.#snapshot = Object.freeze({
        messages: this.#messages,
        pending: this.#needs.pending(this.channelId).filter((item) => !stored.has(item.clientId)),
        hasOlder: this.#hasOlder,
        isLoading: this.#loads > 0,
        ...(this.#error && { error: this.#error }),
      });
    }
    return this.#snapshot;
  }

  #loadOlder(): Promise<void> {
    const before = this.#messages[0]?.seq;
    if (before === undefined) return this.#hasOlder ? this.refresh() : Promise.resolve();
    if (!this.#hasOlder) return Promise.resolve();
    this.#older ??= this.#load(async () => {
      const { page, changes } = await this.#read(before, PAGE);
      this.#hasOlder = page.length === PAGE;
      // Whatever a refresh has dropped meanwhile, what is shown stays without a hole.
      if (this.#messages[0]?.seq === before) this.#messages = [...replayed(page, changes), ...this.#messages];
    }).finally(() => (this.#older = undefined));
    return this.#older;
  }

  /** Errors show in the snapshot, and are no rejection that a page would have to catch. */
  async #load(read: () => Promise<void>): Promise<void> {
    this.#loads += 1;
    this.changed();
    try {
      await read();
      this.#error = undefined;
    } catch (thrown) {
      if (!this.#ending.signal.aborted) this.#error = asError(thrown);
    } finally {
      this.#loads -= 1;
      this.changed();
    }
  }

  async #read(before: number | undefined, limit: number): Promise<{ page: Message[]; changes: Change[] }> {
    const changes: Change[] = [];
    this.#meanwhile.add(changes);
    try {
      const page = await this.#needs.pageBefore(this.channelId, before, limit, this.#ending.signal);
      return { page, changes };
    } finally {
      this.#meanwhile.delete(changes);
    }
  }

  async #readNewest(): Promise<void> {
    const oldest = this.#messages[0]?.seq;
    const changes: Change[] = [];
    this.#meanwhile.add(changes);
    try {
      let read: Message[] = [];
      let isAll = false;
      for (;;) {
        const limit = oldest === undefined ? FIRST_PAGE : PAGE;
        const page = await this.#needs.pageBefore(this.channelId, read[0]?.seq, limit, this.#ending.signal);
        read = [...page, ...read];
        isAll = page.length < limit;
        if (isAll || oldest === undefined || read[0]!.seq <= oldest || read.length >= READ_AGAIN) break;
      }
      // What is older than what was read stays, unless there may be a hole between the two.
      const first = read[0]?.seq ?? 0;
      const newest = this.#messages.at(-1)?.seq ?? 0;
      const older = isAll || newest + 1 < first ? [] : this.#messages.filter((message) => message.seq < first);
      if (older.length === 0) this.#hasOlder = !isAll;
      this.#messages = replayed([...older, ...read], changes);
    } finally {
      this.#meanwhile.delete(changes);
    }
  }
}

function replayed(messages: readonly Message[], changes: Change[]): readonly Message[] {
  return changes.reduce(applied, messages);
}

/** The messages after a change; the very same list if it changes nothing. */
function applied(messages: readonly Message[], change: Change): readonly Message[] {
  if (change.kind === 'new') return inserted(messages, change.message);
  const at = messages.findIndex((message) => message.id === change.of.messageId);
  const message = messages[at];
  if (!message) return messages;
  switch (change.kind) {
    case 'deleted':
      return messages.toSpliced(at, 1);
    case 'updated': {
      const { metadata, updatedAt } = change.of;
      return messages.with(at, { ...message, metadata, updated_at: updatedAt });
    }
    case 'reaction': {
      const { type, userId } = change.of;
      const isThere = message.reactions.some((known) => known.type === type && known.user_id === userId);
      if (isThere) return messages;
      const reactions = [...message.reactions, { type, user_id: userId, count: 1 }];
      const counts = message.reaction_counts;
      const of = counts.find((known) => known.type === type);
      const reaction_counts = of
        ? counts.map((known) => (known === of ? { type, count: of.count + 1 } : known))
        : [...counts, { type, count: 1 }];
      return messages.with(at, { ...message, reactions, reaction_counts });
    }
  }
}

function inserted(messages: readonly Message[], message: Message): readonly Message[] {
  const after = messages.findLastIndex((other) => other.seq <= message.seq);
  // Known already, and maybe with reactions that this one has not.
  if (messages[after]?.seq === message.seq) return messages;
  return messages.toSpliced(after + 1, 0, message);
}
