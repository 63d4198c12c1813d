// "… is typing": said at most every three seconds while keys are pressed, and taken back by itself five seconds
// after the last one.
const AGAIN = 3_000;
const OVER = 5_000;

interface State {
  saidAt: number;
  timer: ReturnType<typeof setTimeout>;
}

/** The caller's own typing. */
export class TypingNotices {
  readonly #tell: (event: 'typing.start' | 'typing.stop', payload: { channelId: string }) => void;
  readonly #states = new Map<string, State>();

  /** @internal */
  constructor(tell: (event: 'typing.start' | 'typing.stop', payload: { channelId: string }) => void) {
    this.#tell = tell;
  }

  /** A key was pressed in a channel's composer. */
  keystroke(channelId: string): void {
    const state = this.#states.get(channelId);
    const now = Date.now();
    clearTimeout(state?.timer);
    const isDue = !state || now - state.saidAt >= AGAIN;
    if (isDue) this.#tell('typing.start', { channelId });
    const timer = setTimeout(() => this.stop(channelId), OVER);
    this.#states.set(channelId, { saidAt: isDue ? now : state.saidAt, timer });
  }

  /** The text was sent or given up. */
  stop(channelId: string): void {
    const state = this.#states.get(channelId);
    if (!state) return;
    clearTimeout(state.timer);
    this.#states.delete(channelId);
    this.#tell('typing.stop', { channelId });
  }

  /** Ends all timers. @internal */
  end(): void {
    for (const { timer } of this.#states.values()) clearTimeout(timer);
    this.#states.clear();
  }
}
