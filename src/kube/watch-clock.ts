/** Time and chance of a supervised watch, so that tests own them. */
export interface WatchClock {
  /** Epoch milliseconds, for people. */
  now(): number;
  /** Milliseconds that no clock adjustment moves, for durations. */
  monotonic(): number;
  /** From 0 to just below 1. */
  random(): number;
  /** Calls `fire` once after `ms`. @returns how to cancel that */
  timer(fire: () => void, ms: number): () => void;
}

export const systemClock: WatchClock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  random: Math.random,
  timer: (fire, ms) => {
    const timeout = setTimeout(fire, ms);
    return () => clearTimeout(timeout);
  },
};

/** Resolves after `ms`, or at once when `signal` aborts. */
export function pause(clock: WatchClock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.timer(done, ms);
    signal.addEventListener('abort', done);
  });
}

/** Calls `bark` when `heard` was not called for `silenceMs`; one timer, however many bytes come. */
export class Watchdog {
  readonly #clock: WatchClock;
  readonly #silenceMs: number;
  readonly #bark: () => void;
  #heardAt: number;
  #cancel: () => void;

  constructor(clock: WatchClock, silenceMs: number, bark: () => void) {
    this.#clock = clock;
    this.#silenceMs = silenceMs;
    this.#bark = bark;
    this.#heardAt = clock.monotonic();
    this.#cancel = clock.timer(() => this.#check(), silenceMs);
  }

  heard(): void {
    this.#heardAt = this.#clock.monotonic();
  }

  stop(): void {
    this.#cancel();
  }

  #check(): void {
    const quiet = this.#clock.monotonic() - this.#heardAt;
    if (quiet >= this.#silenceMs) this.#bark();
    else this.#cancel = this.#clock.timer(() => this.#check(), this.#silenceMs - quiet);
  }
}
