// What is opened over the page closes again: by a press elsewhere, by Escape.
import { useEffect, type RefObject } from 'react';

/** Calls `close` when the user turns elsewhere, for as long as `isOpen`. */
export function useDismiss(place: RefObject<HTMLElement | null>, isOpen: boolean, close: () => void): void {
  useEffect(() => {
    if (!isOpen) return;
    const pressed = (event: Event) => {
      if (!place.current?.contains(event.target as Node)) close();
    };
    const typed = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return;
      // Whoever came by keyboard goes on from where they were.
      place.current?.querySelector<HTMLElement>('[aria-expanded]')?.focus();
      close();
    };
    document.addEventListener('pointerdown', pressed);
    document.addEventListener('keydown', typed);
    return () => {
      document.removeEventListener('pointerdown', pressed);
      document.removeEventListener('keydown', typed);
    };
  }, [place, isOpen, close]);
}
