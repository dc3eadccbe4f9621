import type { Problem } from '../review/problem.ts';
import { TurnClock } from './turn-clock.ts';

/** How much is taken on at a time. */
export interface LoadLimits {
  /** Reviews that are being decided. */
  readonly maxInFlight: number;
  /** Bytes of all bodies that are being read or decided. */
  readonly maxBytes: number;
}

/**
 * Far more than the API servers of a cluster ask at a time (each has 600 requests in flight, --max-requests-inflight and
 * --max-mutating-requests-inflight together, most of which ask no webhook), and little enough to be answered in time.
 */
export const DEFAULT_LOAD: LoadLimits = { maxInFlight: 1_000, maxBytes: 64 * 1024 * 1024 };

/** With less than this part of its time left, a review is not begun any more: its answer would come too late. */
const LEAST_LEFT = 0.2;

/** What is asked of the gate. Milliseconds. */
export interface Timing {
  /** What the caller gives for the whole call, less a reserve. */
  readonly budgetMs: number;
  /** What of it is gone. */
  readonly spentMs: number;
}

/** Lets in as much work as can be answered in time. What it refuses is refused at once, before it costs anything. */
export class LoadGate {
  readonly #limits: LoadLimits;
  readonly #turns: Pick<TurnClock, 'waited'>;
  #inFlight = 0;
  #bytes = 0;

  constructor(limits: LoadLimits = DEFAULT_LOAD, turns: Pick<TurnClock, 'waited'> = TurnClock.start()) {
    this.#limits = limits;
    this.#turns = turns;
  }

  /** Milliseconds that a call which is seen in this turn has waited for it, at most. */
  waited(): number {
    return this.#turns.waited();
  }

  /** Reserves room for a body; `leave` gives it back. @returns false when there is none */
  mayRead(bytes: number): boolean {
    if (this.#bytes > 0 && this.#bytes + bytes > this.#limits.maxBytes) return false;
    this.#bytes += bytes;
    return true;
  }

  /** @param bytes as they were given to `mayRead` */
  leave(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** @returns why this review cannot be decided in time; undefined when it can */
  refusal({ budgetMs, spentMs }: Timing): Problem | undefined {
    if (budgetMs - spentMs < budgetMs * LEAST_LEFT) {
      return overloaded(`this call has waited for ${Math.round(spentMs)} ms, too much of its time`);
    }
    if (this.#inFlight >= this.#limits.maxInFlight) {
      return overloaded(`${this.#inFlight} reviews are being decided`);
    }
    return undefined;
  }

  /** A review is being decided from now on, until `decided`. */
  deciding(): void {
    this.#inFlight += 1;
  }

  decided(): void {
    this.#inFlight -= 1;
  }
}

/** The refusal in words. */
export function overloaded(why: string): Problem {
  const message = `overloaded: ${why}; try again in a second, or start more replicas. The failurePolicy applies.`;
  return { code: 503, reason: 'ServiceUnavailable', message };
}
