// The shapes that are not in /openapi.json: the events of the socket, and the message as this package shows it.
// Event names are checked against the server's /asyncapi.json in tests/contract.test.ts.
import type { HeyyoError } from './error.js';
import type { Message, PendingMessage } from './messages.js';

/** Whether the socket is connected. */
export type Connection = 'offline' | 'connecting' | 'online';

/** Somebody came into a channel. */
export interface MemberJoined {
  channelId: string;
  userId: string;
  externalId: string;
}

/** Somebody left a channel or was removed. */
export interface MemberLeft extends MemberJoined {
  /** Who owns the channel now, if its owner is gone. */
  newOwnerId?: string;
}

/** Somebody begins to type, or stops. */
export type Typing = MemberJoined;

/** Somebody came online or went offline. */
export interface PresenceChanged {
  userId: string;
  externalId: string;
  status: 'online' | 'offline';
}

/** Somebody reacted to a message. */
export interface ReactionNew {
  channelId: string;
  messageId: string;
  userId: string;
  externalId: string;
  type: string;
}

/** A message is gone. */
export interface MessageDeleted {
  channelId: string;
  messageId: string;
}

/** Plugins added something to a message after it was stored. */
export interface MessageUpdated {
  channelId: string;
  messageId: string;
  /** All of it, as it is now. */
  metadata: Record<string, unknown>;
  updatedAt: string;
}

/** Ends the catching up with one channel after the connection was lost. */
export interface Recovery {
  channelId: string;
  /** The `seq` after which something may have been missed. */
  from: number;
  /** The newest `seq` of the channel. */
  to: number;
  /** False if the server gives no more this way: this package then fetches the rest by REST. */
  complete: boolean;
}

/** What the server tells over the socket, by its name. */
export interface ServerEvents {
  'message.new': Message;
  'message.updated': MessageUpdated;
  'message.deleted': MessageDeleted;
  'reaction.new': ReactionNew;
  'member.joined': MemberJoined;
  'member.left': MemberLeft;
  'typing.start': Typing;
  'typing.stop': Typing;
  'presence.changed': PresenceChanged;
  recovery: Recovery;
}

/** Everything that `client.on` can listen to. */
export interface ClientEvents extends ServerEvents {
  /** The socket connects, is connected, or is not. */
  connection: Connection;
  /** What waits to be sent in a channel has changed. */
  outbox: { channelId: string; pending: readonly PendingMessage[] };
  /** Something failed that no call waits for, like the token provider. */
  error: HeyyoError;
}

/** The names of what the server tells. @internal */
export const SERVER_EVENTS = [
  'message.new',
  'message.updated',
  'message.deleted',
  'reaction.new',
  'member.joined',
  'member.left',
  'typing.start',
  'typing.stop',
  'presence.changed',
  'recovery',
] as const satisfies readonly (keyof ServerEvents)[];

/** The names of what this package sends. @internal */
export const SENT_EVENTS = ['message.send', 'typing.start', 'typing.stop'] as const;

/** Who listens to what. A listener that throws does not keep the others from hearing. @internal */
export class Listeners {
  readonly #of = new Map<keyof ClientEvents, Set<(payload: never) => void>>();

  on<E extends keyof ClientEvents>(event: E, listener: (payload: ClientEvents[E]) => void): () => void {
    let set = this.#of.get(event);
    if (!set) this.#of.set(event, (set = new Set()));
    // A wrapper, so that the same function may listen twice and be taken away once.
    const own = (payload: ClientEvents[E]) => listener(payload);
    set.add(own);
    return () => void set.delete(own);
  }

  emit<E extends keyof ClientEvents>(event: E, payload: ClientEvents[E]): void {
    for (const listener of [...(this.#of.get(event) ?? [])]) {
      try {
        (listener as (payload: ClientEvents[E]) => void)(payload);
      } catch (thrown) {
        // As an uncaught error, which is where a mistake in a listener belongs.
        queueMicrotask(() => {
          throw thrown;
        });
      }
    }
  }
}
