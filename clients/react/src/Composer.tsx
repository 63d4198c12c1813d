// Where a message is written. Enter sends, shift and Enter begin a line; what is not sent yet stays with its channel.
import { useEffect, useRef, useState } from 'react';
import type { ComposerProps } from './parts.js';

export function Composer({ channelId, onSend, onKeystroke, onStop }: ComposerProps) {
  const key = `heyyo.draft.${channelId}`;
  const [text, setText] = useState(() => drafts()?.getItem(key) ?? '');
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    const area = field.current;
    if (!area) return;
    // As high as what is in it, as far as the style allows.
    area.style.height = 'auto';
    area.style.height = `${area.scrollHeight}px`;
  }, [text]);
  const write = (next: string) => {
    setText(next);
    try {
      if (next) drafts()?.setItem(key, next);
      else drafts()?.removeItem(key);
    } catch {
      // Kept in this page alone, then.
    }
  };
  const send = () => {
    if (!text.trim()) return;
    onSend(text.trim());
    write('');
  };
  return (
    <form
      className="heyyo-composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
        field.current?.focus();
      }}
    >
      <textarea
        ref={field}
        rows={1}
        dir="auto"
        placeholder="Write a message"
        aria-label="Write a message"
        value={text}
        onChange={(event) => {
          write(event.target.value);
          if (event.target.value) onKeystroke();
          else onStop();
        }}
        onKeyDown={(event) => {
          // While a word is being composed, Enter chooses it.
          if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <button type="submit" className="heyyo-button heyyo-button-main" disabled={!text.trim()}>Send</button>
    </form>
  );
}

/** Until the page is closed. None where a page may keep nothing. */
function drafts(): Storage | undefined {
  try {
    return sessionStorage;
  } catch {
    return undefined;
  }
}
