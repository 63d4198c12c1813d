// What @heyyo/react gives to those who build on it.
export { HeyyoProvider, useClient, useConnection, useSelectedChannel, type HeyyoProviderProps } from './provider.js';
export { useChannels, type ChannelsInHand } from './channels.js';
export { useMembers, usePresence, useTyping, type TypingInHand } from './people.js';
export { useMessages, useSend, type MessagesInHand } from './messages.js';
export { ChannelList, type ChannelListProps } from './ChannelList.js';
export { ChatView, type ChatViewProps } from './ChatView.js';
export type { AvatarProps, ChannelItemProps, ComposerProps, EmptyStateProps, MessageProps, Parts } from './parts.js';
