// A channel's messages, from the SDK's timeline; and sending.
import type { Draft, Timeline, TimelineSnapshot } from '@heyyo/sdk';
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { useClient } from './provider.js';

/** What a channel's timeline shows, and what can be done. */
export interface MessagesInHand extends TimelineSnapshot {
  loadOlder(): void;
  react(messageId: string, type: string): void;
  remove(messageId: string): void;
  /** Sends what was refused once more. */
  retry(clientId: string): void;
  /** Gives up what was not sent. */
  discard(clientId: string): void;
  /** Why the last reaction or deletion was refused. */
  refusal: Error | undefined;
}

const NOTHING: TimelineSnapshot = { messages: [], pending: [], hasOlder: false, isLoading: true };
const never = () => () => undefined;
const nothing = () => NOTHING;

/** A channel's messages, live. */
export function useMessages(channelId: string): MessagesInHand {
  const client = useClient();
  const [timeline, set] = useState<Timeline>();
  useEffect(() => {
    const opened = client.timeline(channelId);
    set(opened);
    return () => {
      set(undefined);
      opened.close();
    };
  }, [client, channelId]);
  const subscribe = useMemo(() => timeline?.subscribe.bind(timeline) ?? never, [timeline]);
  const look = useMemo(() => timeline?.getSnapshot.bind(timeline) ?? nothing, [timeline]);
  const snapshot = useSyncExternalStore(subscribe, look, nothing);

  const [refusal, refused] = useState<Error>();
  return useMemo(() => {
    const tried = (call: Promise<unknown>) => {
      refused(undefined);
      call.catch((error: Error) => refused(error));
    };
    return {
      ...snapshot,
      refusal,
      loadOlder: () => void timeline?.loadOlder().catch(() => undefined),
      react: (messageId, type) => tried(client.messages.react(channelId, messageId, type)),
      remove: (messageId) => tried(client.messages.delete(channelId, messageId)),
      retry: (clientId) => client.outbox.retry(clientId),
      discard: (clientId) => client.outbox.discard(clientId),
    };
  }, [client, channelId, timeline, snapshot, refusal]);
}

/** Sends to a channel. What is refused shows among the pending, so nobody has to wait for it here. */
export function useSend(channelId: string): (draft: string | Draft) => void {
  const client = useClient();
  return useCallback(
    (draft) => void client.messages.send(channelId, draft).catch(() => undefined),
    [client, channelId],
  );
}
