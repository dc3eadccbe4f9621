import type { WatchClock } from './watch-clock.ts';

export interface RetryDelayOptions {
  readonly clock: Pick<WatchClock, 'random'>;
  readonly baseMs: number;
  readonly maxMs: number;
}

/** Exponential backoff with jitter: half of each step is random, so that replicas do not come back together. */
export class RetryDelay {
  readonly #options: RetryDelayOptions;
  #attempt = 0;

  constructor(options: RetryDelayOptions) {
    this.#options = options;
  }

  /** @returns milliseconds to wait before the next attempt; twice as long each time, up to the limit. */
  next(): number {
    const { clock, baseMs, maxMs } = this.#options;
    const step = Math.min(maxMs, baseMs * 2 ** Math.min(this.#attempt, 30));
    this.#attempt++;
    return Math.round(step * (0.5 + clock.random() / 2));
  }

  /** @returns 0 the first time after a reset, then as `next`: what broke once after a good time is resumed at once. */
  nextAfterGood(): number {
    if (this.#attempt > 0) return this.next();
    this.#attempt++;
    return 0;
  }

  /** All is well: the next failure is the first one. */
  reset(): void {
    this.#attempt = 0;
  }

  /** Something worked, though not for long: the next failure is the second one, so that a loop still has a pause. */
  ease(): void {
    this.#attempt = Math.min(this.#attempt, 1);
  }
}
