import type { Clock } from '../../../src/app/ports.ts';

/** Time that passes only when the scenario says so. */
export class SimClock implements Clock {
  #now = Date.parse('2026-01-01T00:00:00Z');

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }
}
