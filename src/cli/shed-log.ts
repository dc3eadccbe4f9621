import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Whom {@link ShedLog} tells. */
export interface ShedLogParts {
  readonly log: Log;
  readonly metrics: Metrics;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

const EVERY_MS = 10_000;

/** Counts what is refused because there is too much of it, and logs that at most every ten seconds: logging costs, too. */
export class ShedLog {
  readonly #parts: ShedLogParts;
  #reviews = 0;
  #connections = 0;
  #nextAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ShedLogParts) {
    this.#parts = parts;
  }

  /** A review was refused. @param why what the caller was told */
  review(why: string): void {
    this.#parts.metrics.abstained('Overloaded');
    this.#reviews += 1;
    this.#tell(why);
  }

  /** A connection was closed. */
  connection(): void {
    this.#parts.metrics.connectionRefused();
    this.#connections += 1;
    this.#tell('overloaded: too many connections to the admission port');
  }

  #tell(why: string): void {
    const { log, now } = this.#parts;
    if (now() < this.#nextAt) return;
    this.#nextAt = now() + EVERY_MS;
    log.warn({ reviews: this.#reviews, connections: this.#connections, reason: 'Overloaded' }, why);
    this.#reviews = 0;
    this.#connections = 0;
  }
}
