// A user's or a channel's picture: theirs, or two letters on a colour that stays the same.
import type { AvatarProps } from './parts.js';

/** Colours on which white can be read (4.5 to 1). */
const COLOURS = 8;

export function Avatar({ name, url, isOnline }: AvatarProps) {
  return (
    <span className={`heyyo-avatar heyyo-colour-${colourOf(name)}`} aria-hidden="true">
      {url ? <img src={url} alt="" /> : lettersOf(name)}
      {isOnline === undefined ? null : <i className={isOnline ? 'heyyo-dot heyyo-dot-on' : 'heyyo-dot'} />}
    </span>
  );
}

function lettersOf(name: string): string {
  const words = name.split(/[\s._-]+/).filter(Boolean);
  const letters = words.slice(0, 2).map((word) => [...word][0] ?? '');
  return letters.join('').toLocaleUpperCase() || '?';
}

function colourOf(name: string): number {
  let sum = 0;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0;
  return sum % COLOURS;
}
