// One channel: who is in it, what was said, who is typing, and where to write.
import { useCallback, type ReactNode } from 'react';
import { useChannels } from './channels.js';
import { Members } from './Members.js';
import { MessageList } from './MessageList.js';
import { useMessages, useSend } from './messages.js';
import { useMembers, useTyping } from './people.js';
import { useConnection, useParts, useSelectedChannel } from './provider.js';

/** How the view is shown. */
export interface ChatViewProps {
  /** The channel; if absent, the one that was opened in the `<ChannelList/>`. */
  channelId?: string;
  /** Shown before the channel's name, like a way back. */
  before?: ReactNode;
  className?: string;
}

/** One channel. */
export function ChatView({ channelId, before, className = '' }: ChatViewProps) {
  const [selected] = useSelectedChannel();
  const { EmptyState } = useParts();
  const shown = channelId ?? selected;
  return (
    <section className={`heyyo heyyo-chat ${className}`} aria-label="Chat">
      {shown ? (
        // Anew for each channel: nothing of one must show in another.
        <Opened key={shown} channelId={shown} before={before} />
      ) : (
        <EmptyState title="Choose a channel" />
      )}
    </section>
  );
}

function Opened({ channelId, before }: { channelId: string; before?: ReactNode }) {
  const { Avatar, Composer } = useParts();
  const { channels, markRead } = useChannels();
  const messages = useMessages(channelId);
  const members = useMembers(channelId);
  const typing = useTyping(channelId);
  const connection = useConnection();
  const send = useSend(channelId);
  const channel = channels.find(({ id }) => id === channelId);
  const seen = useCallback((seq: number) => markRead(channelId, seq), [channelId, markRead]);
  const online = members.filter(({ is_online }) => is_online);
  return (
    <>
      <header className="heyyo-chat-head">
        {before}
        <div className="heyyo-chat-title">
          <h2>{channel?.name ?? 'Channel'}</h2>
          <Members members={members} />
        </div>
        <ul className="heyyo-faces" aria-label="Online">
          {online.slice(0, 5).map(({ id, display_name, external_id, avatar_url }) => (
            <li key={id} title={display_name ?? external_id}>
              <Avatar name={display_name ?? external_id} url={avatar_url} isOnline />
              <span className="heyyo-hidden">{display_name ?? external_id}</span>
            </li>
          ))}
        </ul>
      </header>
      {connection === 'online' ? null : (
        <p role="status" className="heyyo-notice">
          {connection === 'connecting' ? 'Connecting…' : 'Offline.'} What you write is sent when the connection is back.
        </p>
      )}
      <MessageList messages={messages} onSeen={seen} />
      <p className="heyyo-typing" role="status">{typed(typing.names)}</p>
      {messages.refusal ? <p role="alert" className="heyyo-refusal">{messages.refusal.message}</p> : null}
      <Composer
        channelId={channelId}
        onSend={(text) => {
          typing.stop();
          send(text);
        }}
        onKeystroke={typing.keystroke}
        onStop={typing.stop}
      />
    </>
  );
}

function typed(names: readonly string[]): string {
  if (names.length === 0) return '\u00a0';
  if (names.length > 3) return 'Several people are typing…';
  const told = new Intl.ListFormat('en', { type: 'conjunction' }).format(names);
  return `${told} ${names.length === 1 ? 'is' : 'are'} typing…`;
}
