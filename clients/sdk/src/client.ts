// The client: what a page talks to. The parts are in the other files; here they are put together.
import { asError } from './error.js';
import { Listeners, type ClientEvents, type Connection, type ServerEvents } from './events.js';
import { Link } from './link.js';
import { Logs } from './log.js';
import {
  shown,
  type Channel,
  type ChannelDraft,
  type ChannelWithMembers,
  type Draft,
  type Member,
  type Message,
} from './messages.js';
import { Outbox, type OutboxStorage } from './outbox.js';
import { Rest } from './rest.js';
import { SharedTimeline, type Change, type Timeline } from './timeline.js';
import { Tokens, type TokenSource, type User } from './token.js';
import { TypingNotices } from './typing.js';

/** How a client is made. */
export interface HeyyoOptions {
  /** The server's origin, like `https://chat.example`. */
  apiUrl: string;
  /** A user's token, or what gives one. Only a function can give a new one when the first has ended. */
  token: TokenSource;
  /** Whether to connect at once; true if absent. */
  autoConnect?: boolean;
  /** Where unsent messages outlive the page, like `localStorage`; nowhere if absent. */
  storage?: OutboxStorage;
  /** In place of the global `fetch`. */
  fetch?: typeof fetch;
}

/** What a call takes that can be ended. */
export interface Abortable {
  signal?: AbortSignal;
}

/** Which messages to list. */
export interface Page extends Abortable {
  /** 50 if absent, 100 at most. */
  limit?: number;
  /** Only those created before this time. */
  before?: string;
  /** Only those before this place. */
  beforeSeq?: number;
  /** Only those after this place; the page then begins there. */
  afterSeq?: number;
}

/** Which members to list. */
export interface MemberPage extends Abortable {
  /** 50 if absent, 100 at most. */
  limit?: number;
  /** Only those whose ids are after this one. */
  after?: string;
}

/** The calls on channels and their members. */
export class Channels {
  /** @internal */
  constructor(
    private readonly rest: Rest,
    private readonly logs: Logs,
  ) {}

  /** The caller's channels, newest activity first. */
  async list({ signal }: Abortable = {}): Promise<Channel[]> {
    const channels = await this.rest.call<Channel[]>('GET', '/api/channels', { signal });
    for (const { id, last_seq } of channels) this.logs.learn(id, last_seq);
    return channels;
  }

  /** The channels of the app that anybody may join. */
  discover({ signal }: Abortable = {}): Promise<Channel[]> {
    return this.rest.call('GET', '/api/channels/discover', { signal });
  }

  /** Makes a channel; the caller owns it. */
  async create(name: string, { signal, ...draft }: ChannelDraft & Abortable = {}): Promise<Channel> {
    const channel = await this.rest.call<Channel>('POST', '/api/channels', { body: { name, ...draft }, signal });
    this.logs.learn(channel.id, channel.last_seq);
    return channel;
  }

  /** A channel of the caller's, with its first thousand members. */
  async get(channelId: string, { signal }: Abortable = {}): Promise<ChannelWithMembers> {
    const channel = await this.rest.call<ChannelWithMembers>('GET', path(channelId), { signal });
    this.logs.learn(channelId, channel.last_seq);
    return channel;
  }

  /** Joins an open channel. */
  async join(channelId: string, { signal }: Abortable = {}): Promise<void> {
    await this.rest.call('POST', `${path(channelId)}/join`, { signal });
  }

  /** Leaves a channel. */
  async leave(channelId: string, { signal }: Abortable = {}): Promise<void> {
    await this.rest.call('POST', `${path(channelId)}/leave`, { signal });
  }

  /** A page of a channel's members, in the order of their ids. */
  members(channelId: string, { signal, ...query }: MemberPage = {}): Promise<Member[]> {
    return this.rest.call('GET', `${path(channelId)}/members`, { query, signal });
  }

  /** Adds a user, named by Heyyo's id or by your own. */
  async addMember(channelId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.rest.call('POST', `${path(channelId)}/members`, { body: { user_id: userId }, signal });
  }

  /** Removes a user; only the channel's owner may. */
  async removeMember(channelId: string, userId: string, { signal }: Abortable = {}): Promise<void> {
    await this.rest.call('DELETE', `${path(channelId)}/members/${encodeURIComponent(userId)}`, { signal });
  }
}

/** The calls on messages. */
export class Messages {
  /** @internal */
  constructor(
    private readonly rest: Rest,
    private readonly outbox: Outbox,
  ) {}

  /** A page of a channel's messages, oldest first; without parameters the newest. */
  async list(channelId: string, { limit, before, beforeSeq, afterSeq, signal }: Page = {}): Promise<Message[]> {
    const query = { limit, before, before_seq: beforeSeq, after_seq: afterSeq };
    const page = await this.rest.call<Parameters<typeof shown>[0][]>('GET', `${path(channelId)}/messages`, {
      query,
      signal,
    });
    return page.map(shown);
  }

  /**
   * Sends a message: over the socket when it is connected, else by REST, and later if neither gets through. The
   * messages of a channel arrive in the order of the calls. Rejects when the server refuses it (`rejected` by a
   * plugin, `forbidden`, …); it is then in the outbox as `failed`. With a signal that is aborted it is given up;
   * one that is on its way may arrive all the same.
   */
  send(channelId: string, message: string | Draft, { signal }: Abortable = {}): Promise<Message> {
    const draft = typeof message === 'string' ? { text: message } : message;
    return this.outbox.send(channelId, draft, signal);
  }

  /** Deletes a message of the caller's own. */
  async delete(channelId: string, messageId: string, { signal }: Abortable = {}): Promise<void> {
    await this.rest.call('DELETE', `${path(channelId)}/messages/${encodeURIComponent(messageId)}`, { signal });
  }

  /** Reacts to a message. The same again changes nothing. */
  async react(channelId: string, messageId: string, type: string, { signal }: Abortable = {}): Promise<void> {
    const place = `${path(channelId)}/messages/${encodeURIComponent(messageId)}/reactions`;
    await this.rest.call('POST', place, { body: { type }, signal });
  }
}

function path(channelId: string): string {
  return `/api/channels/${encodeURIComponent(channelId)}`;
}

/** One user's connection to Heyyo. */
export class HeyyoClient {
  /** Channels and their members. */
  readonly channels: Channels;
  /** Messages and reactions. */
  readonly messages: Messages;
  /** What is not sent yet. */
  readonly outbox: Outbox;
  /** The caller's own typing. */
  readonly typing: TypingNotices;
  readonly #listeners = new Listeners();
  readonly #timelines = new Map<string, SharedTimeline>();
  readonly #rest: Rest;
  readonly #logs: Logs;
  readonly #link: Link;
  #user: User | undefined;
  #hasListed = false;

  constructor({ apiUrl, token, autoConnect = true, storage, fetch }: HeyyoOptions) {
    const tokens = new Tokens(token, (user) => {
      this.#user = user;
      this.outbox.attach(user);
    });
    this.#rest = new Rest(apiUrl, tokens, fetch);
    this.#logs = new Logs({
      pageAfter: (channelId, afterSeq, limit, signal) => this.messages.list(channelId, { afterSeq, limit, signal }),
      tell: (message) => this.#tell(message),
    });
    this.outbox = new Outbox({
      storage,
      transmit: (channelId, draft, clientId) => this.#transmit(channelId, draft, clientId),
      changed: (channelId) => this.#outboxChanged(channelId),
      sent: (message) => this.#timelines.get(message.channel_id)?.apply({ kind: 'new', message }),
      failed: (error) => this.#listeners.emit('error', error),
    });
    this.channels = new Channels(this.#rest, this.#logs);
    this.messages = new Messages(this.#rest, this.outbox);
    this.#link = new Link({
      url: apiUrl,
      tokens,
      since: () => this.#since(),
      heard: (event, payload) => this.#heard(event, payload),
      changed: (connection) => this.#connectionChanged(connection),
      failed: (error) => this.#listeners.emit('error', error),
    });
    this.typing = new TypingNotices((event, payload) => this.#link.tell(event, payload));
    // What keeps it from connecting is told as `error`.
    if (autoConnect) void this.connect().catch(() => {});
  }

  /** The user, once the first token is there. */
  get user(): User | undefined {
    return this.#user;
  }

  /** Whether the socket is connected. */
  get connection(): Connection {
    return this.#link.state;
  }

  /** Connects the socket and keeps it so. Rejects if it is refused for good; later trouble is told as `error`. */
  connect(): Promise<void> {
    return this.#link.connect();
  }

  /** Ends the connection and all timers. What is in the outbox stays there; `connect` goes on with it. */
  disconnect(): void {
    this.outbox.pause();
    this.typing.end();
    this.#link.disconnect();
  }

  /** Listens to an event; gives what ends that. */
  on<E extends keyof ClientEvents>(event: E, listener: (payload: ClientEvents[E]) => void): () => void {
    return this.#listeners.on(event, listener);
  }

  /** A channel's messages, kept up to date. Each call is one `close`. */
  timeline(channelId: string): Timeline {
    let timeline = this.#timelines.get(channelId);
    if (!timeline) {
      timeline = new SharedTimeline(channelId, {
        pageBefore: (id, beforeSeq, limit, signal) => this.messages.list(id, { beforeSeq, limit, signal }),
        pending: (id) => this.outbox.pending(id),
        closed: () => this.#timelines.delete(channelId),
      });
      this.#timelines.set(channelId, timeline);
    }
    return timeline.handle();
  }

  async #since(): Promise<Record<string, number>> {
    if (!this.#hasListed) {
      // So that a channel in which nothing was said yet loses nothing either. If it fails, the next connect tries.
      this.#hasListed = await this.channels.list().then(
        () => true,
        () => false,
      );
    }
    return this.#logs.since;
  }

  async #transmit(channelId: string, draft: Draft, clientId: string): Promise<Message> {
    this.typing.stop(channelId);
    const { text, attachments, metadata, parentId } = draft;
    const said = { text, attachments, metadata };
    if (this.#link.state === 'online') {
      const { message } = await this.#link.call<{ message: Parameters<typeof shown>[0] }>('message.send', {
        ...said,
        channelId,
        parentId,
        clientId,
      });
      return shown(message);
    }
    const body = { ...said, parent_id: parentId, client_id: clientId };
    return shown(await this.#rest.call('POST', `${path(channelId)}/messages`, { body }));
  }

  #heard<E extends keyof ServerEvents>(event: E, payload: ServerEvents[E]): void {
    const [name, of] = [event, payload] as { [N in keyof ServerEvents]: [N, ServerEvents[N]] }[keyof ServerEvents];
    switch (name) {
      case 'message.new':
        return this.#logs.receive(shown(of));
      case 'recovery':
        this.#logs.recovered(of);
        break;
      case 'message.deleted':
        this.#logs.deleted(of.channelId, of.messageId);
        this.#change(of.channelId, { kind: 'deleted', of });
        break;
      case 'message.updated':
        this.#change(of.channelId, { kind: 'updated', of });
        break;
      case 'reaction.new':
        this.#change(of.channelId, { kind: 'reaction', of });
        break;
      case 'member.joined':
        // From here on nothing may be missed, though nothing was said since.
        if (of.userId === this.#user?.id && !this.#logs.knows(of.channelId)) {
          this.channels.get(of.channelId).catch((thrown) => this.#listeners.emit('error', asError(thrown)));
        }
        break;
      case 'member.left':
        if (of.userId === this.#user?.id) this.#logs.forget(of.channelId);
        break;
    }
    this.#listeners.emit(event, payload as ClientEvents[E]);
  }

  #tell(message: Message): void {
    this.#change(message.channel_id, { kind: 'new', message });
    this.outbox.arrived(message);
    this.#listeners.emit('message.new', message);
  }

  #change(channelId: string, change: Change): void {
    this.#timelines.get(channelId)?.apply(change);
  }

  #outboxChanged(channelId: string): void {
    this.#timelines.get(channelId)?.changed();
    this.#listeners.emit('outbox', { channelId, pending: this.outbox.pending(channelId) });
  }

  #connectionChanged(connection: Connection): void {
    if (connection === 'online') {
      this.outbox.resume();
      for (const timeline of this.#timelines.values()) timeline.reconnected();
    } else {
      this.#logs.pause();
    }
    this.#listeners.emit('connection', connection);
  }
}
