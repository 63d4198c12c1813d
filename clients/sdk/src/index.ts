// What @heyyo/sdk gives to those who build on it.
export {
  HeyyoClient,
  type Abortable,
  type Channels,
  type HeyyoOptions,
  type MemberPage,
  type Messages,
  type Page,
} from './client.js';
export { HeyyoError, type ErrorCode, type ErrorDetails } from './error.js';
export type * from './events.js';
export type {
  Channel,
  ChannelDraft,
  ChannelWithMembers,
  Draft,
  Member,
  Message,
  PendingMessage,
  Reaction,
  ReactionCount,
} from './messages.js';
export type { Outbox, OutboxStorage } from './outbox.js';
export type { Timeline, TimelineSnapshot } from './timeline.js';
export type { TokenSource, User } from './token.js';
export type { TypingNotices } from './typing.js';
