// What rides along with a message. Its shape is the sender's own; a picture or a link is shown where its usual
// fields are found, and a plain line where not.
import type { Message } from '@heyyo/sdk';

export function Attachments({ attachments }: { attachments: Message['attachments'] }) {
  if (attachments.length === 0) return null;
  return (
    <ul className="heyyo-attachments" aria-label="Attachments">
      {attachments.map((attachment, place) => (
        <li key={place}>
          <Attachment attachment={attachment} />
        </li>
      ))}
    </ul>
  );
}

function Attachment({ attachment }: { attachment: Record<string, unknown> }) {
  const word = (...names: string[]) => names.map((name) => attachment[name]).find((value) => typeof value === 'string' && value !== '') as string | undefined;
  const type = word('type', 'mime_type') ?? '';
  const name = word('title', 'name', 'filename', 'alt') ?? 'Attachment';
  const url = safe(word('url', 'image_url', 'src'));
  if (!url) return <span>{name}</span>;
  const isPicture = type.startsWith('image') || 'image_url' in attachment;
  return (
    <a href={url} target="_blank" rel="noreferrer noopener nofollow">
      {isPicture ? <img src={url} alt={name} loading="lazy" /> : name}
    </a>
  );
}

/** Pages only: an address like `javascript:…` would run what somebody else wrote. */
function safe(url: string | undefined): string | undefined {
  try {
    return url && ['https:', 'http:'].includes(new URL(url).protocol) ? url : undefined;
  } catch {
    return undefined;
  }
}
