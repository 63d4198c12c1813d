// Waiting: how long before the next try, and a wait that can be ended.
import { HeyyoError } from './error.js';

/** The first wait and the longest one, in milliseconds. */
const FIRST = 300;
const LONGEST = 10_000;

/**
 * How long to wait before a try, in milliseconds: twice as long each time, of which up to half is left to
 * chance so that the clients of a server that comes back do not all come at once. Never less than the server
 * asked for.
 */
export function backoff(tries: number, retryAfter = 0): number {
  const longest = Math.min(LONGEST, FIRST * 2 ** tries);
  const wait = longest * (0.5 + Math.random() / 2);
  return Math.max(wait, retryAfter * 1000 * (1 + Math.random() / 10));
}

/** Waits, or throws as soon as the signal is aborted. */
export function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    if (signal.aborted) return fail(aborted(signal));
    const end = () => {
      clearTimeout(timer);
      fail(aborted(signal));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', end);
      done();
    }, milliseconds);
    signal.addEventListener('abort', end, { once: true });
  });
}

/** What is thrown when a caller ends their own call. */
export function aborted(signal?: AbortSignal): HeyyoError {
  return new HeyyoError('aborted', 'The call was aborted', { cause: signal?.reason });
}
