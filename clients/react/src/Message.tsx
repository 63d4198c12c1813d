// One message: who, when, what, how others reacted; or what became of one that is not stored.
import type { Message as ChatMessage, PendingMessage } from '@heyyo/sdk';
import { Attachments } from './Attachments.js';
import { momentOf, timeOf } from './format.js';
import type { MessageProps } from './parts.js';
import { useClient, useParts } from './provider.js';
import { Tools } from './Tools.js';

export function Message({ message, pending, isContinued, isOwn, ...on }: MessageProps) {
  const { Avatar } = useParts();
  const client = useClient();
  const text = message?.text ?? pending?.draft.text ?? '';
  const at = message?.created_at ?? pending?.createdAt ?? '';
  const name = message ? (message.user.display_name ?? message.user.external_id) : 'You';
  return (
    <article
      className="heyyo-message"
      data-continued={isContinued || undefined}
      data-own={isOwn || undefined}
      data-state={pending?.state}
      aria-label={`${name}, ${timeOf(at)}`}
    >
      <div className="heyyo-message-side">
        {isContinued ? <time dateTime={at}>{timeOf(at)}</time> : <Avatar name={name} url={message?.user.avatar_url} />}
      </div>
      <div className="heyyo-message-body">
        {isContinued ? null : (
          <p className="heyyo-message-head">
            <b>{name}</b> <time dateTime={at} title={momentOf(at)}>{timeOf(at)}</time>
          </p>
        )}
        {text ? <p className="heyyo-text" dir="auto">{withLinks(text)}</p> : null}
        <Attachments attachments={message?.attachments ?? pending?.draft.attachments ?? []} />
        {message ? <Added message={message} /> : null}
        {message ? <Reactions message={message} own={client.user?.id} onReact={on.onReact} /> : null}
        {pending ? <Fate pending={pending} onRetry={on.onRetry} onDiscard={on.onDiscard} /> : null}
      </div>
      {message ? <Tools isOwn={isOwn} onReact={on.onReact} onDelete={on.onDelete} /> : null}
    </article>
  );
}

/** What plugins say of it: who flagged it, and in which words. */
function Added({ message }: { message: ChatMessage }) {
  const plugins = message.metadata['plugins'];
  const names = plugins && typeof plugins === 'object' ? Object.keys(plugins) : [];
  if (names.length === 0) return null;
  return (
    <details className="heyyo-plugins">
      <summary>{names.join(', ')}</summary>
      <pre tabIndex={0}>{JSON.stringify(plugins, null, 2)}</pre>
    </details>
  );
}

function Reactions({ message, own, onReact }: { message: ChatMessage; own?: string; onReact(type: string): void }) {
  const { reactions, reaction_counts: counts } = message;
  if (counts.length === 0) return null;
  return (
    <ul className="heyyo-reactions" aria-label="Reactions">
      {counts.map(({ type, count }) => {
        const isMine = reactions.some((reaction) => reaction.type === type && reaction.user_id === own);
        return (
          <li key={type}>
            <button type="button" aria-pressed={isMine} aria-label={`${type}, ${count}`} onClick={() => isMine || onReact(type)}>
              {type} <span>{count}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function Fate({ pending, onRetry, onDiscard }: { pending: PendingMessage; onRetry(): void; onDiscard(): void }) {
  const { state, error } = pending;
  if (state !== 'failed') {
    return <p className="heyyo-fate">{state === 'sending' && !error ? 'Sending…' : 'Waits for the connection…'}</p>;
  }
  if (error?.code === 'held') {
    return (
      <p className="heyyo-fate" role="status">
        Kept aside by {error.plugin ?? 'a plugin'} until somebody has looked at it.
        <button type="button" className="heyyo-link" onClick={onDiscard}>Dismiss</button>
      </p>
    );
  }
  const why = error?.code === 'rejected' ? `Blocked by ${error.plugin ?? 'a plugin'}: ${error.message}` : (error?.message ?? 'Not sent');
  return (
    <p className="heyyo-fate" role="alert">
      {why}
      <button type="button" className="heyyo-link" onClick={onRetry}>Try again</button>
      <button type="button" className="heyyo-link" onClick={onDiscard}>Discard</button>
    </p>
  );
}

/** What looks like an address of a page becomes a link; everything else is text. */
function withLinks(text: string) {
  return text.split(/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/).map((part, place) =>
    place % 2 === 0 ? part : (
      <a key={place} href={part} target="_blank" rel="noreferrer noopener nofollow">{part}</a>
    ),
  );
}
