// What was said, as far as it is loaded: only what is in sight is drawn, older pages come when their place comes
// into sight, and what is in sight stays where it is.
import type { Message as ChatMessage, PendingMessage } from '@heyyo/sdk';
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { Virtuoso, type VirtuosoHandle } from 'react-virtuoso';
import { dayOf, isSameDay } from './format.js';
import type { MessagesInHand } from './messages.js';
import { useClient, useParts } from './provider.js';

/** Room for older messages before the first index; more than a channel will have. */
const FIRST_INDEX = 1_000_000_000;
/** How long what one user says goes on under one name, in milliseconds. */
const CONTINUED = 5 * 60_000;

interface Row {
  key: string;
  at: string;
  sender: string | undefined;
  message?: ChatMessage;
  pending?: PendingMessage;
}

interface MessageListProps {
  messages: MessagesInHand;
  /** All up to there was in sight, of somebody who looks at the page. */
  onSeen(seq: number): void;
}

export function MessageList({ messages: inHand, onSeen }: MessageListProps) {
  const { messages, pending, hasOlder, isLoading, error, loadOlder } = inHand;
  const client = useClient();
  const { Message, EmptyState } = useParts();
  const own = client.user?.id;
  const rows = useMemo(() => {
    const stored = messages.map<Row>((message) => ({
      // One that was just sent keeps its place and its name.
      key: (message.user_id === own && message.client_id) || message.id,
      at: message.created_at,
      sender: message.user_id,
      message,
    }));
    const unsent = pending.map<Row>((one) => ({ key: one.clientId, at: one.createdAt, sender: own, pending: one }));
    return [...stored, ...unsent];
  }, [messages, pending, own]);

  const list = useRef<VirtuosoHandle>(null);
  const firstIndex = useFirstIndex(messages);
  const [isAtEnd, setAtEnd] = useState(true);
  const [seen, setSeen] = useState(0);
  const last = messages.at(-1)?.seq ?? 0;
  const isLooking = useIsLooking();
  useEffect(() => {
    if (!isAtEnd || !isLooking) return;
    setSeen(last);
    onSeen(last);
  }, [isAtEnd, isLooking, last, onSeen]);
  useEffect(() => {
    // Whoever writes wants to see it.
    if (pending.length > 0) list.current?.scrollToIndex({ index: 'LAST', align: 'end' });
  }, [pending.length]);

  // Always there: what is put on a page together with its words is not spoken.
  const spoken = <p className="heyyo-hidden" aria-live="polite">{useNews(inHand, own)}</p>;

  // What comes in above is no reason to go to the end.
  const end = rows.at(-1)?.key;
  const followed = useRef(end);
  const follow = (isBottom: boolean) => {
    const isNew = followed.current !== end;
    followed.current = end;
    return isBottom && isNew ? 'auto' : false;
  };

  if (rows.length === 0) {
    return (
      <div className="heyyo-messages">
        {spoken}
        {error ? (
          <EmptyState title="The messages cannot be read">
            <p role="alert">{error.message}</p>
          </EmptyState>
        ) : (
          <EmptyState title={isLoading ? 'Loading…' : 'Nothing yet'}>{isLoading ? null : <p>Say something.</p>}</EmptyState>
        )}
      </div>
    );
  }
  const news = messages.filter(({ seq, user_id }) => seq > seen && user_id !== own).length;
  return (
    <div className="heyyo-messages" role="log" aria-label="Messages" aria-live="off">
      {spoken}
      {error ? (
        <p role="alert" className="heyyo-refusal">
          {error.message}
          <button type="button" className="heyyo-link" onClick={loadOlder}>Try again</button>
        </p>
      ) : null}
      <Virtuoso
        ref={list}
        data={rows}
        firstItemIndex={firstIndex}
        initialTopMostItemIndex={rows.length - 1}
        alignToBottom
        increaseViewportBy={{ top: 800, bottom: 400 }}
        atBottomThreshold={60}
        atBottomStateChange={setAtEnd}
        followOutput={follow}
        startReached={() => hasOlder && loadOlder()}
        computeItemKey={(_, row) => row.key}
        components={hasOlder ? OLDER : NONE}
        itemContent={(index, row) => {
          const before = rows[index - firstIndex - 1];
          const isNewDay = !before || !isSameDay(before.at, row.at);
          const isContinued =
            !isNewDay && before.sender === row.sender && Date.parse(row.at) - Date.parse(before.at) < CONTINUED;
          return (
            <>
              {!before && !hasOlder ? <p className="heyyo-edge">This is where it begins.</p> : null}
              {isNewDay ? <p className="heyyo-day"><span>{dayOf(row.at)}</span></p> : null}
              <Message
                message={row.message}
                pending={row.pending}
                isContinued={isContinued}
                isOwn={row.sender === own}
                onReact={(type) => row.message && inHand.react(row.message.id, type)}
                onDelete={() => row.message && inHand.remove(row.message.id)}
                onRetry={() => row.pending && inHand.retry(row.pending.clientId)}
                onDiscard={() => row.pending && inHand.discard(row.pending.clientId)}
              />
            </>
          );
        }}
      />
      {isAtEnd ? null : (
        <button
          type="button"
          className="heyyo-button heyyo-jump"
          onClick={() => list.current?.scrollToIndex({ index: 'LAST', align: 'end' })}
        >
          {news > 0 ? `${news} new ${news === 1 ? 'message' : 'messages'}` : 'To the newest'} ↓
        </button>
      )}
    </div>
  );
}

/** Whether the page is in sight at all. */
function useIsLooking(): boolean {
  return useSyncExternalStore(
    followSight,
    () => document.visibilityState === 'visible',
    () => false,
  );
}

function followSight(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener);
  return () => document.removeEventListener('visibilitychange', listener);
}

// The same objects always: others would be mounted anew by each render.
const OLDER = { Header: () => <p className="heyyo-edge">Loading…</p> };
const NONE = {};

/** Tells what others say to those who hear the page: the list itself says too much, as it draws what is scrolled to. */
function useNews({ messages, isLoading }: MessagesInHand, own: string | undefined): string {
  const last = messages.at(-1);
  const told = useRef<number>(undefined);
  const [news, tell] = useState('');
  useEffect(() => {
    // Of a channel that is empty, the first message is news.
    if (!last && !isLoading) told.current ??= 0;
    if (!last) return;
    const isNew = told.current !== undefined && last.seq > told.current;
    told.current = last.seq;
    if (isNew && last.user_id !== own) tell(`${last.user.display_name ?? last.user.external_id}: ${last.text ?? 'sent something'}`);
  }, [last, isLoading, own]);
  return news;
}

/** The index of the first message, less by as many as came before it: so the list knows that it grew above. */
function useFirstIndex(messages: readonly ChatMessage[]): number {
  const first = useRef<{ id: string | undefined; index: number }>({ id: undefined, index: FIRST_INDEX });
  const id = messages[0]?.id;
  if (id !== first.current.id) {
    const grown = messages.findIndex((message) => message.id === first.current.id);
    first.current = { id, index: first.current.index - Math.max(grown, 0) };
  }
  return first.current.index;
}
