import type { Clock } from './ports.ts';

interface Seen {
  readonly first: number;
  readonly count: number;
}

const ENOUGH = 3;
const FOR_MS = 10_000;
const FORGET_AFTER_MS = 600_000;

/**
 * Notices pins that stand in MetalLB's way. MetalLB's memory has given the pinned IP to another Service, whose write is
 * refused because nothing else is free; the pinned one is refused by MetalLB in turn, and both would wait for ever. Such
 * a pin is only holdfast's own idea and gives way: the IP was never in a status.
 */
export class StuckPins {
  readonly #clock: Clock;
  readonly #seen = new Map<string, Seen>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** MetalLB's write was refused because of the pin of this Service. @returns true when the pin has to go */
  refusedBecauseOf(uid: string): boolean {
    const now = this.#clock.now();
    for (const [other, { first }] of this.#seen) if (first + FORGET_AFTER_MS < now) this.#seen.delete(other);
    const seen = this.#seen.get(uid) ?? { first: now, count: 0 };
    const next = { first: seen.first, count: seen.count + 1 };
    this.#seen.set(uid, next);
    if (next.count < ENOUGH || now < next.first + FOR_MS) return false;
    this.#seen.delete(uid);
    return true;
  }

  /** It could not be taken away, since somebody else wrote to the Service at that moment: the next refusal says so again. */
  couldNotGo(uid: string): void {
    this.#seen.set(uid, { first: this.#clock.now() - FOR_MS, count: ENOUGH });
  }
}
