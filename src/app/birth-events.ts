import type { ServiceRef } from '../core/service-ref.ts';
import type { Clock, DecisionRecord, ObjectEvent } from './ports.ts';

/** A Service that is not there by then was never stored. */
const FORGET_AFTER_MS = 120_000;
const MOST = 1_000;

interface Waiting {
  readonly message: string;
  readonly at: number;
}

/**
 * Events about Services that are only being created: such a Service has no uid yet, so that nobody would find the
 * Event. They wait, by the uid of the review, until the Service is seen.
 */
export class BirthEvents {
  readonly #waiting = new Map<string, Waiting>();
  readonly #clock: Pick<Clock, 'now'>;
  readonly #tell: (event: ObjectEvent) => void;

  constructor(clock: Pick<Clock, 'now'>, tell: (event: ObjectEvent) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Hears of every decision; remembers pins of Services that are being created. */
  expect({ decision, object, dryRun, review }: DecisionRecord): void {
    if (decision.kind !== 'repair' || decision.reason !== 'Pinned' || object.uid !== '' || dryRun) return;
    const now = this.#clock.now();
    for (const [uid, { at }] of this.#waiting) {
      if (at + FORGET_AFTER_MS > now && this.#waiting.size < MOST) break;
      this.#waiting.delete(uid);
    }
    this.#waiting.set(review, { message: decision.message, at: now });
  }

  /** The Service that the review created was seen. */
  created(review: string, object: ServiceRef): void {
    const waiting = this.#waiting.get(review);
    if (waiting === undefined) return;
    this.#waiting.delete(review);
    this.#tell({ kind: 'Service', object, type: 'Normal', reason: 'Pinned', message: waiting.message });
  }
}
