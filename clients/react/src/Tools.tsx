// What can be done with a message: react to it with one of a few signs, delete one's own.
import { useCallback, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useDismiss } from './dismiss.js';

/** What can be reacted with: the sign, and how it is called for those who hear it. */
const EMOJI: readonly [sign: string, name: string][] = [
  ['👍', 'Thumbs up'], ['❤️', 'Heart'], ['😂', 'Tears of joy'], ['🎉', 'Party'],
  ['😮', 'Surprised'], ['😢', 'Sad'], ['🙏', 'Thanks'], ['👀', 'Eyes'],
  ['🔥', 'Fire'], ['✅', 'Done'], ['🚀', 'Rocket'], ['💯', 'Hundred'],
  ['🤔', 'Thinking'], ['👎', 'Thumbs down'], ['☕', 'Coffee'], ['🐛', 'Bug'],
];
const COLUMNS = 8;
/** How far the arrow keys move. */
const STEPS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS };

/** What a message's tools do. */
interface ToolsProps {
  isOwn: boolean;
  onReact(type: string): void;
  onDelete(): void;
}

export function Tools({ isOwn, onReact, onDelete }: ToolsProps) {
  const [isOpen, open] = useState(false);
  const place = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  useDismiss(place, isOpen, useCallback(() => open(false), []));
  return (
    <div ref={place} className="heyyo-tools" data-open={isOpen || undefined}>
      <button ref={opener} type="button" aria-label="React" aria-expanded={isOpen} onClick={() => open(!isOpen)}>
        <Icon path="M8 14.5a6.5 6.5 0 1 1 6.5-6.5M5.7 9.6a2.8 2.8 0 0 0 4.6 0M6 6.4v.2M10 6.4v.2M12.5 10.5v4M10.5 12.5h4" />
      </button>
      {isOwn ? (
        <button type="button" aria-label="Delete message" onClick={onDelete}>
          <Icon path="M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.7 9h6.6l.7-9M6.7 7v4M9.3 7v4" />
        </button>
      ) : null}
      {isOpen ? (
        <Picker
          onPick={(sign) => {
            onReact(sign);
            open(false);
            opener.current?.focus();
          }}
        />
      ) : null}
    </div>
  );
}

function Picker({ onPick }: { onPick(sign: string): void }) {
  const grid = useRef<HTMLDivElement>(null);
  const [isAbove, setAbove] = useState(false);
  useLayoutEffect(() => {
    const box = grid.current;
    // Below the message, unless what scrolls would cut it off there.
    const bottom = box?.closest('[data-virtuoso-scroller]')?.getBoundingClientRect().bottom ?? innerHeight;
    if (box && box.getBoundingClientRect().bottom > bottom) setAbove(true);
    box?.querySelector('button')?.focus({ preventScroll: true });
  }, []);
  const move = (event: KeyboardEvent) => {
    const buttons = [...(grid.current?.querySelectorAll('button') ?? [])];
    const isFromRight = getComputedStyle(event.currentTarget).direction === 'rtl';
    const isAcross = event.key === 'ArrowLeft' || event.key === 'ArrowRight';
    const step = (STEPS[event.key] ?? 0) * (isAcross && isFromRight ? -1 : 1);
    if (step === 0) return;
    event.preventDefault();
    buttons[buttons.indexOf(event.target as HTMLButtonElement) + step]?.focus();
  };
  return (
    <div ref={grid} className="heyyo-picker" data-above={isAbove || undefined} role="group" aria-label="Choose a reaction" onKeyDown={move}>
      {EMOJI.map(([sign, name]) => (
        <button key={sign} type="button" aria-label={`${sign} ${name}`} title={name} onClick={() => onPick(sign)}>
          {sign}
        </button>
      ))}
    </div>
  );
}

function Icon({ path }: { path: string }) {
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" fill="none" stroke="currentColor" strokeWidth="1.3" strokeLinecap="round" strokeLinejoin="round">
      <path d={path} />
    </svg>
  );
}
