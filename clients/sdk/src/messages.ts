// Messages as this package shows them: with a nested `user` and `reactions`, wherever they come from. The field
// names are those of the wire.
import type { components, operations } from './api.js';
import type { HeyyoError } from './error.js';

type Schemas = components['schemas'];

/** A message, as it was stored. */
export type Message = Schemas['Message'] & {
  /** Who reacted how, in order: the first hundred. */
  reactions: Reaction[];
  /** How many reacted how, the named among them. */
  reaction_counts: ReactionCount[];
};

/** One user's reaction of one kind. */
export type Reaction = Schemas['Reaction'];

/** How many reacted in one way. */
export type ReactionCount = Schemas['ReactionCount'];

/** A channel. */
export type Channel = Schemas['Channel'];

/** A channel with its members. */
export type ChannelWithMembers = Schemas['ChannelWithMembers'];

/** A member of a channel. */
export type Member = Schemas['Member'];

/** What a new channel is made of, beside its name. */
export type ChannelDraft = Omit<operations['createChannel']['requestBody']['content']['application/json'], 'name'>;

/** What is said: text, attachments, or both. */
export interface Draft {
  text?: string;
  attachments?: Record<string, unknown>[];
  /** Facts of your own; `plugins` in it is reserved. */
  metadata?: Record<string, unknown>;
  /** The message that this one answers. */
  parentId?: string;
  /** Your own name for it. The same name is stored once, however often it is sent. Made if absent. */
  clientId?: string;
}

/** A message that is not stored yet. */
export interface PendingMessage {
  readonly clientId: string;
  readonly channelId: string;
  readonly draft: Draft;
  /** On its way; waiting for its turn or for the connection; or refused, until it is retried or discarded. */
  readonly state: 'sending' | 'queued' | 'failed';
  /** Why it is not sent yet, or will not be. */
  readonly error?: HeyyoError;
  /** When it was written, in the words of this machine's clock. */
  readonly createdAt: string;
}

type Wire = Schemas['Message'] & Partial<Omit<Schemas['ListedMessage'], keyof Schemas['Message']>>;

/** A message of any door, without what only some of them have. @internal */
export function shown(wire: Wire): Message {
  const { user_external_id, user_display_name, user_avatar_url, ...message } = wire;
  const user = message.user ?? {
    external_id: user_external_id ?? '',
    display_name: user_display_name ?? null,
    avatar_url: user_avatar_url ?? null,
  };
  return { ...message, user, reactions: message.reactions ?? [], reaction_counts: message.reaction_counts ?? [] };
}

/** A name that nobody else makes. Pages without TLS have no `randomUUID`. @internal */
export function newClientId(): string {
  if (typeof crypto.randomUUID === 'function') return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
