// The user's channels: found by a word, opened with a click, made or joined from one form.
import type { Channel } from '@heyyo/sdk';
import { useEffect, useId, useState, type FormEvent } from 'react';
import { useChannels, type ChannelsInHand } from './channels.js';
import type { ChannelItemProps } from './parts.js';
import { useParts, useSelectedChannel } from './provider.js';

/** How the list is shown. */
export interface ChannelListProps {
  /** Called beside opening the channel in the provider's `<ChatView/>`. */
  onSelect?(channelId: string): void;
  className?: string;
}

/** The user's channels. */
export function ChannelList({ onSelect, className = '' }: ChannelListProps) {
  const inHand = useChannels();
  const { channels, isLoading, error, isUnread } = inHand;
  const { ChannelItem, EmptyState } = useParts();
  const [selected, select] = useSelectedChannel();
  const [word, setWord] = useState('');
  const [isAdding, setAdding] = useState(false);
  const open = (channelId: string) => {
    select(channelId);
    setAdding(false);
    onSelect?.(channelId);
  };
  const found = channels.filter(({ name }) => name.toLocaleLowerCase().includes(word.trim().toLocaleLowerCase()));
  return (
    <nav className={`heyyo heyyo-channels ${className}`} aria-label="Channels">
      <div className="heyyo-channels-head">
        <input
          className="heyyo-input"
          type="search"
          placeholder="Search channels"
          aria-label="Search channels"
          value={word}
          onChange={(event) => setWord(event.target.value)}
        />
        <button
          type="button"
          className="heyyo-button"
          aria-expanded={isAdding}
          aria-label="New channel, or join one"
          onClick={() => setAdding(!isAdding)}
        >
          {isAdding ? '×' : '+'}
        </button>
      </div>
      {isAdding ? <AddChannel inHand={inHand} onAdded={open} /> : null}
      {error ? <p role="alert" className="heyyo-refusal">{error.message}</p> : null}
      <ul className="heyyo-channels-list">
        {found.map((channel) => (
          <li key={channel.id}>
            <ChannelItem
              channel={channel}
              isSelected={channel.id === selected}
              isUnread={channel.id !== selected && isUnread(channel)}
              onSelect={() => open(channel.id)}
            />
          </li>
        ))}
      </ul>
      {isLoading || error || found.length > 0 ? null : (
        <EmptyState title={word ? 'No such channel' : 'No channels yet'}>
          <p>Make one, or join one, with +.</p>
        </EmptyState>
      )}
    </nav>
  );
}

/** One channel in the list. */
export function ChannelItem({ channel, isSelected, isUnread, onSelect }: ChannelItemProps) {
  const count = Number(channel.member_count);
  return (
    <button
      type="button"
      className="heyyo-channel"
      aria-current={isSelected ? 'true' : undefined}
      data-unread={isUnread || undefined}
      onClick={onSelect}
    >
      <span className="heyyo-channel-sign" aria-hidden="true">#</span>
      <span className="heyyo-channel-name">{channel.name}</span>
      {isUnread ? <span className="heyyo-unread"><span className="heyyo-hidden">Unread</span></span> : null}
      <span className="heyyo-channel-count" aria-label={`${count} ${count === 1 ? 'member' : 'members'}`}>{count}</span>
    </button>
  );
}

interface AddChannelProps {
  inHand: ChannelsInHand;
  onAdded(channelId: string): void;
}

function AddChannel({ inHand: { create, join, discover }, onAdded }: AddChannelProps) {
  const [name, setName] = useState('');
  const [others, setOthers] = useState<readonly Channel[]>([]);
  const [refusal, setRefusal] = useState<string>();
  const label = useId();
  useEffect(() => {
    let isShown = true;
    discover().then(
      (channels) => isShown && setOthers(channels),
      (error: Error) => isShown && setRefusal(error.message),
    );
    return () => void (isShown = false);
  }, [discover]);
  const added = (call: Promise<string>) => call.then(onAdded, (error: Error) => setRefusal(error.message));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) void added(create(name.trim()).then(({ id }) => id));
  };
  return (
    <div className="heyyo-add">
      <form onSubmit={submit}>
        <input
          className="heyyo-input"
          placeholder="New channel"
          aria-label="Name of the new channel"
          autoFocus
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <button type="submit" className="heyyo-button heyyo-button-main" disabled={!name.trim()}>Create</button>
      </form>
      {refusal ? <p role="alert" className="heyyo-refusal">{refusal}</p> : null}
      {others.length > 0 ? (
        <>
          <p id={label} className="heyyo-label">Open channels</p>
          <ul aria-labelledby={label}>
            {others.map(({ id, name: other }) => (
              <li key={id}>
                <span># {other}</span>
                <button type="button" className="heyyo-button" onClick={() => void added(join(id).then(() => id))}>
                  Join<span className="heyyo-hidden"> {other}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </div>
  );
}
