// Who is in a channel, who of them is there, and who is typing.
import type { ChannelWithMembers, Member } from '@heyyo/sdk';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useClient } from './provider.js';

const NOBODY: readonly Member[] = [];
/** How long somebody is taken to be typing who does not say that they stopped, in milliseconds. */
const TYPING_ENDS = 6_000;

/** The members of a channel, live. */
export function useMembers(channelId: string | undefined): readonly Member[] {
  const client = useClient();
  const queries = useQueryClient();
  const key = useMemo(() => ['heyyo', 'channel', channelId], [channelId]);
  const { data } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => client.channels.get(channelId ?? '', { signal }),
    enabled: channelId !== undefined,
  });
  useEffect(() => {
    const again = (event: { channelId: string }) => {
      if (event.channelId === channelId) void queries.invalidateQueries({ queryKey: key });
    };
    const ends = [
      client.on('member.joined', again),
      client.on('member.left', again),
      client.on('presence.changed', ({ userId, status }) =>
        queries.setQueryData<ChannelWithMembers>(key, (channel) => channel && present(channel, userId, status)),
      ),
    ];
    return () => ends.forEach((end) => end());
  }, [client, queries, channelId, key]);
  return data?.members ?? NOBODY;
}

function present(channel: ChannelWithMembers, userId: string, status: string): ChannelWithMembers {
  const members = channel.members.map((member) =>
    member.id === userId ? { ...member, is_online: status === 'online' } : member,
  );
  return { ...channel, members };
}

/** The ids of a channel's members who are online. */
export function usePresence(channelId: string | undefined): ReadonlySet<string> {
  const members = useMembers(channelId);
  return useMemo(() => new Set(members.filter(({ is_online }) => is_online).map(({ id }) => id)), [members]);
}

/** Who is typing, and how to say that the user is. */
export interface TypingInHand {
  /** Names, in the order they began. */
  names: readonly string[];
  keystroke(): void;
  stop(): void;
}

/** Who is typing in a channel. */
export function useTyping(channelId: string | undefined): TypingInHand {
  const client = useClient();
  const members = useMembers(channelId);
  const [ids, set] = useState<ReadonlyMap<string, string>>(new Map());
  useEffect(() => {
    const timers = new Map<string, ReturnType<typeof setTimeout>>();
    const end = (userId: string) => {
      clearTimeout(timers.get(userId));
      set((now) => new Map([...now].filter(([id]) => id !== userId)));
    };
    const ends = [
      client.on('typing.start', ({ channelId: where, userId, externalId }) => {
        if (where !== channelId) return;
        clearTimeout(timers.get(userId));
        timers.set(userId, setTimeout(() => end(userId), TYPING_ENDS));
        set((now) => new Map(now).set(userId, externalId));
      }),
      client.on('typing.stop', (event) => event.channelId === channelId && end(event.userId)),
      // Whoever has sent it types it no more.
      client.on('message.new', (message) => message.channel_id === channelId && end(message.user_id)),
    ];
    return () => {
      ends.forEach((stop) => stop());
      timers.forEach((timer) => clearTimeout(timer));
      set(new Map());
    };
  }, [client, channelId]);
  const names = useMemo(() => {
    const known = new Map(members.map((member) => [member.id, member.display_name]));
    return [...ids].map(([id, externalId]) => known.get(id) ?? externalId);
  }, [ids, members]);
  const keystroke = useCallback(() => channelId && client.typing.keystroke(channelId), [client, channelId]);
  const stop = useCallback(() => channelId && client.typing.stop(channelId), [client, channelId]);
  return useMemo(() => ({ names, keystroke, stop }), [names, keystroke, stop]);
}
