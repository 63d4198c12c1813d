// The parts that an application may replace, and what each is given.
import type { Channel, Message as ChatMessage, PendingMessage } from '@heyyo/sdk';
import type { ComponentType, ReactNode } from 'react';

/** The picture of a user or a channel. */
export interface AvatarProps {
  name: string;
  url?: string | null;
  /** Shows a dot: online or not. No dot if absent. */
  isOnline?: boolean;
}

/** One channel in the list. */
export interface ChannelItemProps {
  channel: Channel;
  isSelected: boolean;
  isUnread: boolean;
  onSelect(): void;
}

/** One message, stored or not. */
export interface MessageProps {
  message?: ChatMessage;
  pending?: PendingMessage;
  /** The same sender said the one before, moments ago. */
  isContinued: boolean;
  isOwn: boolean;
  onReact(type: string): void;
  onDelete(): void;
  onRetry(): void;
  onDiscard(): void;
}

/** Where a message is written. */
export interface ComposerProps {
  channelId: string;
  onSend(text: string): void;
  onKeystroke(): void;
  onStop(): void;
}

/** What is shown where nothing is. */
export interface EmptyStateProps {
  title: string;
  children?: ReactNode;
}

/** All of them. */
export interface Parts {
  Avatar: ComponentType<AvatarProps>;
  ChannelItem: ComponentType<ChannelItemProps>;
  Message: ComponentType<MessageProps>;
  Composer: ComponentType<ComposerProps>;
  EmptyState: ComponentType<EmptyStateProps>;
}
