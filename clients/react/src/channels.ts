// The user's channels: kept as a query and moved by what the socket tells; and which of them have something unread.
// How far a user has read is known on their own device only: the server keeps no marks.
import type { Channel, ChannelDraft, HeyyoClient } from '@heyyo/sdk';
import { useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useClient } from './provider.js';

/** The user's channels, and what can be done with them. */
export interface ChannelsInHand {
  /** Newest activity first. */
  channels: readonly Channel[];
  isLoading: boolean;
  error: Error | null;
  isUnread(channel: Channel): boolean;
  /** All up to there is read. */
  markRead(channelId: string, seq: number): void;
  create(name: string, draft?: ChannelDraft): Promise<Channel>;
  join(channelId: string): Promise<void>;
  /** Open channels that the user is not in. */
  discover(): Promise<readonly Channel[]>;
}

/** The key of the query with the user's channels. */
export const CHANNELS = ['heyyo', 'channels'] as const;

/** How long changes of membership are gathered before channels are read again, in milliseconds. */
const TOGETHER = 200;

/** The user's channels, live. */
export function useChannels(): ChannelsInHand {
  const client = useClient();
  const queries = useQueryClient();
  const { data, isLoading, error } = useQuery({
    queryKey: CHANNELS,
    queryFn: ({ signal }) => client.channels.list({ signal }),
  });
  const refresh = useCallback(() => queries.invalidateQueries({ queryKey: CHANNELS }), [queries]);
  const { isUnread, markRead } = useMarks(client.user?.id, data);
  return useMemo(
    () => ({
      channels: data ?? [],
      isLoading,
      error,
      isUnread,
      markRead,
      create: async (name, draft) => {
        const channel = await client.channels.create(name, draft);
        await refresh();
        return channel;
      },
      join: async (channelId) => {
        await client.channels.join(channelId);
        await refresh();
      },
      discover: async () => {
        const own = new Set((data ?? []).map(({ id }) => id));
        return (await client.channels.discover()).filter(({ id }) => !own.has(id));
      },
    }),
    [client, data, isLoading, error, isUnread, markRead, refresh],
  );
}

/** Moves the kept channels by what the socket tells. Once per provider: a count must not grow by every hook. @internal */
export function followChannels(client: HeyyoClient, queries: QueryClient): () => void {
  const change = (how: (channels: Channel[]) => Channel[]) =>
    queries.setQueryData<Channel[]>(CHANNELS, (channels) => channels && how(channels));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refresh = () => {
    // Once, however many come and go together.
    timer ??= setTimeout(() => {
      timer = undefined;
      void queries.invalidateQueries({ queryKey: CHANNELS });
    }, TOGETHER);
  };
  const ends: (() => void)[] = [
    () => clearTimeout(timer),
    client.on('message.new', (message) => {
      const known = queries.getQueryData<Channel[]>(CHANNELS);
      if (known && !known.some(({ id }) => id === message.channel_id)) refresh();
      // Whoever says something has read what came before, on whichever device it was.
      if (message.user_id === client.user?.id) mark(keyOf(message.user_id), message.channel_id, message.seq);
      change((channels) => moved(channels, message.channel_id, message.seq, message.created_at));
    }),
    // Read again, not counted: whether a list that was read meanwhile had it already, nobody can tell.
    client.on('member.joined', refresh),
    client.on('member.left', (event) => {
      if (event.userId === client.user?.id) change((channels) => channels.filter(({ id }) => id !== event.channelId));
      refresh();
    }),
  ];
  return () => ends.forEach((end) => end());
}

function moved(channels: Channel[], id: string, seq: number, at: string): Channel[] {
  const channel = channels.find((one) => one.id === id);
  if (!channel || channel.last_seq >= seq) return channels;
  return [{ ...channel, last_seq: seq, updated_at: at }, ...channels.filter((one) => one !== channel)];
}

type Marks = Record<string, number>;

/** Told to all hooks of this page when a mark moves. */
const marked = new EventTarget();

function useMarks(user: string | undefined, channels: readonly Channel[] | undefined) {
  const key = keyOf(user);
  const [marks, set] = useState<Marks>(() => stored(key));
  useEffect(() => {
    const read = () => set(stored(key));
    read();
    marked.addEventListener('moved', read);
    // And by another window of the same user.
    addEventListener('storage', read);
    return () => {
      marked.removeEventListener('moved', read);
      removeEventListener('storage', read);
    };
  }, [key]);
  const markRead = useCallback(
    (channelId: string, seq: number) => mark(key, channelId, seq),
    [key],
  );
  useEffect(() => {
    // What was there before the first look is not news.
    const now = stored(key);
    for (const { id, last_seq } of channels ?? []) if (!(id in now)) markRead(id, last_seq);
  }, [channels, key, markRead]);
  const isUnread = useCallback(({ id, last_seq }: Channel) => last_seq > (marks[id] ?? last_seq), [marks]);
  return { isUnread, markRead };
}

const keyOf = (user: string | undefined): string => `heyyo.read.${user ?? ''}`;

function mark(key: string, channelId: string, seq: number): void {
  const now = stored(key);
  if ((now[channelId] ?? -1) >= seq) return;
  store(key, { ...now, [channelId]: seq });
  marked.dispatchEvent(new Event('moved'));
}

function stored(key: string): Marks {
  try {
    return JSON.parse(localStorage.getItem(key) ?? '{}') as Marks;
  } catch {
    return {};
  }
}

function store(key: string, marks: Marks): void {
  try {
    localStorage.setItem(key, JSON.stringify(marks));
  } catch {
    // A page that may keep nothing shows no dots after a reload.
  }
}
