import { REPAIRED_ANNOTATION } from '../core/metallb/annotations.ts';
import type { AnnotationChanges } from '../review/json-patch.ts';

interface Seen {
  readonly at: number;
  readonly waitMs: number;
}

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 300_000;
const FORGET_AFTER_MS = 600_000;

/**
 * Makes a restore visible to MetalLB that would otherwise change nothing: such a write has no watch event, and MetalLB
 * would go on believing that it took the IP away. Each visible one makes MetalLB try again, so for one Service they
 * come at growing intervals: a disagreement that does not end costs nothing.
 */
export class RepeatedRestores {
  /** The one that was marked longest ago comes first. */
  readonly #seen = new Map<string, Seen>();

  /** How many Services are remembered. */
  get size(): number {
    return this.#seen.size;
  }

  /** @param now epoch ms. @returns the annotation to write, or nothing when it is too early for this Service */
  mark(uid: string, now: number): AnnotationChanges {
    const last = this.#seen.get(uid);
    if (last !== undefined && now < last.at + last.waitMs) return {};
    const waitMs = last === undefined ? FIRST_WAIT_MS : Math.min(last.waitMs * 2, LONGEST_WAIT_MS);
    // Taken out first, so that it comes last: a map keeps the order in which its keys came.
    this.#seen.delete(uid);
    this.#seen.set(uid, { at: now, waitMs });
    for (const [other, { at }] of this.#seen) {
      if (at + FORGET_AFTER_MS >= now) break;
      this.#seen.delete(other);
    }
    return { [REPAIRED_ANNOTATION]: new Date(now).toISOString() };
  }
}
