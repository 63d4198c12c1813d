// The user's channels: kept as a query and moved by what the socket tells; and which of them have something unread.
// How far a user has read is known on their own device only: the server keeps no marks.
import type { Channel, ChannelDraft } from '@heyyo/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
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

/** The user's channels, live. */
export function useChannels(): ChannelsInHand {
  const client = useClient();
  const queries = useQueryClient();
  const { data, isLoading, error } = useQuery({
    queryKey: CHANNELS,
    queryFn: ({ signal }) => client.channels.list({ signal }),
  });
  const refresh = useCallback(() => queries.invalidateQueries({ queryKey: CHANNELS }), [queries]);

  useEffect(() => {
    const change = (how: (channels: Channel[]) => Channel[]) =>
      queries.setQueryData<Channel[]>(CHANNELS, (channels) => channels && how(channels));
    const isOwn = (event: { userId: string }) => event.userId === client.user?.id;
    const ends = [
      client.on('message.new', (message) => {
        const known = queries.getQueryData<Channel[]>(CHANNELS);
        if (known && !known.some(({ id }) => id === message.channel_id)) void refresh();
        change((channels) => moved(channels, message.channel_id, message.seq, message.created_at));
      }),
      client.on('member.joined', (event) => {
        if (isOwn(event)) void refresh();
        else change((channels) => counted(channels, event.channelId, 1));
      }),
      client.on('member.left', (event) => {
        if (isOwn(event)) change((channels) => channels.filter(({ id }) => id !== event.channelId));
        else change((channels) => counted(channels, event.channelId, -1));
      }),
    ];
    return () => ends.forEach((end) => end());
  }, [client, queries, refresh]);

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

function moved(channels: Channel[], id: string, seq: number, at: string): Channel[] {
  const channel = channels.find((one) => one.id === id);
  if (!channel || channel.last_seq >= seq) return channels;
  return [{ ...channel, last_seq: seq, updated_at: at }, ...channels.filter((one) => one !== channel)];
}

function counted(channels: Channel[], id: string, more: number): Channel[] {
  return channels.map((channel) =>
    channel.id === id ? { ...channel, member_count: String(Number(channel.member_count) + more) } : channel,
  );
}

type Marks = Record<string, number>;

/** Told to all hooks of this page when a mark moves. */
const marked = new EventTarget();

function useMarks(user: string | undefined, channels: readonly Channel[] | undefined) {
  const key = `heyyo.read.${user ?? ''}`;
  const [marks, set] = useState<Marks>(() => stored(key));
  useEffect(() => {
    const read = () => set(stored(key));
    read();
    marked.addEventListener('moved', read);
    return () => marked.removeEventListener('moved', read);
  }, [key]);
  const markRead = useCallback(
    (channelId: string, seq: number) => {
      const now = stored(key);
      if ((now[channelId] ?? -1) >= seq) return;
      store(key, { ...now, [channelId]: seq });
      marked.dispatchEvent(new Event('moved'));
    },
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
