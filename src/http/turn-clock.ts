/** What the event loop has done so far, in milliseconds. */
export interface LoopTimes {
  readonly now: () => number;
  /** How long it has slept in all, waiting for something to happen. */
  readonly idle: () => number;
}

const REAL: LoopTimes = {
  now: () => performance.now(),
  idle: () => performance.nodeTiming.idleTime,
};

/** A turn that is not begun by a call is begun at least so often. */
const TICK_MS = 50;

/**
 * How long a call may have waited in the kernel before this process saw it. Every turn of the event loop reads from every
 * socket that has something, so what is read in this turn came after the last turn began to read; time that the loop has
 * slept since is not counted, because it sleeps only when there is nothing to read. An idle server says 0, a busy one the
 * length of its turns.
 */
export class TurnClock {
  readonly #times: LoopTimes;
  #last: Moment;
  #this: Moment;
  #isMarked = false;

  constructor(times = REAL) {
    this.#times = times;
    this.#this = this.#last = { at: times.now(), idle: times.idle() };
  }

  /** A clock of the real loop, which keeps nothing alive. */
  static start(): TurnClock {
    const clock = new TurnClock();
    setInterval(() => clock.mark(), TICK_MS).unref();
    return clock;
  }

  /** Milliseconds, at most, that something which is seen now has waited; to be asked in the turn that reads it. */
  waited(): number {
    this.mark();
    const { at, idle } = this.#last;
    return Math.max(0, this.#times.now() - at - (this.#times.idle() - idle));
  }

  /** A turn has begun; further calls in the same turn change nothing. */
  mark(): void {
    if (this.#isMarked) return;
    this.#isMarked = true;
    setImmediate(() => {
      this.#isMarked = false;
    });
    this.#last = this.#this;
    this.#this = { at: this.#times.now(), idle: this.#times.idle() };
  }
}

interface Moment {
  readonly at: number;
  readonly idle: number;
}
