// The socket: kept connected for as long as it is wanted, with a token that is good. Socket.IO itself comes back
// after a lost line; what it does not do is here: refused connects, tokens that end, and a server that sends it away.
import { io, type Socket } from 'socket.io-client';
import { asError, HeyyoError, refused, type Refusal } from './error.js';
import { SERVER_EVENTS, type Connection, type ServerEvents } from './events.js';
import { backoff } from './timing.js';
import type { Tokens } from './token.js';

/** How long an ack may take, in milliseconds. */
const PATIENCE = 10_000;

/** What the link needs from outside. */
export interface LinkNeeds {
  url: string;
  tokens: Tokens;
  /** How far each channel is known; asked before each connect. */
  since(): Promise<Record<string, number>>;
  heard<E extends keyof ServerEvents>(event: E, payload: ServerEvents[E]): void;
  changed(connection: Connection): void;
  failed(error: HeyyoError): void;
}

/** The connection to one server, for one user. */
export class Link {
  readonly #needs: LinkNeeds;
  #state: Connection = 'offline';
  #socket: Socket | undefined;
  /** The one with the next token, which takes over once it is connected. */
  #successor: Socket | undefined;
  /** The token that was shown last, and whether it is the second after a refusal. */
  #shown: string | undefined;
  #isSecondToken = false;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #waiting: { done: () => void; fail: (error: HeyyoError) => void }[] = [];

  constructor(needs: LinkNeeds) {
    this.#needs = needs;
  }

  get state(): Connection {
    return this.#state;
  }

  /** Connects, and stays so. Resolves once it is. */
  connect(): Promise<void> {
    if (this.#state === 'online') return Promise.resolve();
    const connected = new Promise<void>((done, fail) => this.#waiting.push({ done, fail }));
    if (!this.#socket) {
      this.#isSecondToken = false;
      this.#tries = 0;
      this.#become('connecting');
      this.#socket = this.#make();
      this.#socket.connect();
    }
    return connected;
  }

  /** Ends the connection and all timers. */
  disconnect(): void {
    this.#end(new HeyyoError('aborted', 'Disconnected'));
  }

  /** Sends an event and gives its ack. */
  async call<T>(event: string, payload: unknown): Promise<T> {
    const socket = this.#socket;
    if (!socket?.connected) throw new HeyyoError('network', 'Not connected');
    let ack: T & Partial<Refusal>;
    try {
      ack = await socket.timeout(PATIENCE).emitWithAck(event, payload);
    } catch (cause) {
      if (!socket.connected) throw new HeyyoError('network', 'The connection was lost', { cause });
      throw new HeyyoError('timeout', 'The server did not answer in time', { cause });
    }
    if (typeof ack?.error === 'string') throw refused(ack);
    return ack;
  }

  /** Sends what is worth nothing later: while there is no connection, nothing. */
  tell(event: string, payload: unknown): void {
    if (this.#socket?.connected) this.#socket.emit(event, payload);
  }

  #make(): Socket {
    const socket = io(this.#needs.url, {
      autoConnect: false,
      forceNew: true,
      // The faster one first; a network that keeps it out gets the other.
      transports: ['websocket', 'polling'],
      tryAllTransports: true,
      reconnectionDelay: 300,
      reconnectionDelayMax: 10_000,
      auth: (give) => {
        this.#credentials().then(give, (thrown: unknown) => {
          if (!this.#isOurs(socket)) return;
          this.#needs.failed(asError(thrown));
          this.#retry(socket);
        });
      },
    });
    socket.on('connect', () => this.#connected(socket));
    socket.on('disconnect', (reason) => {
      if (socket !== this.#socket) return;
      this.#become('connecting');
      clearTimeout(this.#renewal);
      // The server's own word, mostly because the token has ended. Socket.IO would stay away then.
      if (reason === 'io server disconnect') this.#retry(socket);
    });
    socket.on('connect_error', (error) => {
      // An active one comes back by itself: the line failed, and nobody refused anything.
      if (!socket.active) void this.#refused(socket, error.message);
    });
    for (const event of SERVER_EVENTS) {
      socket.on(event, (payload) => {
        if (socket === this.#socket) this.#needs.heard(event, payload);
      });
    }
    return socket;
  }

  #isOurs(socket: Socket): boolean {
    return socket === this.#socket || socket === this.#successor;
  }

  async #credentials(): Promise<{ token: string; since: Record<string, number> }> {
    const token = await this.#needs.tokens.get();
    this.#shown = token;
    return { token, since: await this.#needs.since() };
  }

  #connected(socket: Socket): void {
    if (!this.#isOurs(socket)) return void socket.disconnect();
    if (socket === this.#successor) {
      const old = this.#socket;
      this.#socket = socket;
      this.#successor = undefined;
      old?.disconnect();
    }
    this.#isSecondToken = false;
    this.#tries = 0;
    this.#become('online');
    for (const { done } of this.#waiting.splice(0)) done();
    this.#planRenewal(this.#needs.tokens.refreshIn);
  }

  #planRenewal(delay: number): void {
    clearTimeout(this.#renewal);
    if (!this.#needs.tokens.canRefresh || !Number.isFinite(delay)) return;
    this.#renewal = setTimeout(() => void this.#renew(), Math.max(0, delay));
  }

  /** Connects with a new token before the present one ends, and changes over without a gap. */
  async #renew(): Promise<void> {
    const socket = this.#socket;
    try {
      await this.#needs.tokens.refresh();
    } catch (thrown) {
      if (socket !== this.#socket || !socket?.connected) return;
      this.#needs.failed(asError(thrown));
      return this.#planRenewal(backoff(this.#tries++));
    }
    if (socket !== this.#socket || !socket?.connected) return;
    const successor = (this.#successor = this.#make());
    // If it does not get through, the present one lasts until the server ends it, and then comes back.
    successor.on('connect_error', () => {
      if (successor === this.#successor) this.#successor = undefined;
      successor.disconnect();
    });
    successor.connect();
  }

  async #refused(socket: Socket, reason: string): Promise<void> {
    if (socket !== this.#socket) return;
    const isToken = reason === 'Invalid token' || reason === 'Authentication required';
    if (isToken && this.#needs.tokens.canRefresh && !this.#isSecondToken) {
      this.#isSecondToken = true;
      try {
        await this.#needs.tokens.refresh(this.#shown);
      } catch (thrown) {
        if (socket !== this.#socket) return;
        this.#needs.failed(asError(thrown));
        // The provider could not say: that is no second refusal.
        this.#isSecondToken = false;
        return this.#retry(socket);
      }
      if (socket === this.#socket) socket.connect();
      return;
    }
    if (reason.startsWith('Too many') || reason.startsWith('Temporarily')) return this.#retry(socket);
    const error = new HeyyoError(isToken ? 'unauthenticated' : 'forbidden', reason);
    this.#needs.failed(error);
    this.#end(error);
  }

  /** Tries again in a while. */
  #retry(socket: Socket): void {
    if (socket !== this.#socket) return void socket.disconnect();
    socket.disconnect();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => socket.connect(), backoff(this.#tries++));
  }

  #end(why: HeyyoError): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#renewal);
    const sockets = [this.#socket, this.#successor];
    this.#socket = this.#successor = undefined;
    for (const socket of sockets) socket?.disconnect();
    this.#become('offline');
    for (const { fail } of this.#waiting.splice(0)) fail(why);
  }

  #become(state: Connection): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#needs.changed(state);
  }
}
