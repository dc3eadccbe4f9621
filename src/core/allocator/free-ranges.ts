import { isAvoided, type Pool } from '../metallb/pool.ts';
import { familyOf, type IpAddress } from '../net/ip.ts';
import type { IpRange } from '../net/ip-range.ts';
import { FreeRange } from './free-range.ts';

/** All ranges of all pools. A range that stays the same keeps what was learnt of it, even in another pool. */
export class FreeRanges {
  readonly #byKey = new Map<string, FreeRange>();

  /** @param previous the ranges of the pools as they were; they must have heard of every release until now */
  constructor(pools: readonly Pool[], previous?: FreeRanges) {
    const before = previous === undefined ? undefined : previous.#byKey;
    for (const pool of pools) {
      for (const range of pool.ranges) {
        const key = keyOf(pool, range);
        const known = this.#byKey.get(key) ?? before?.get(key);
        this.#byKey.set(key, known ?? new FreeRange(range, (ip) => isAvoided(pool, ip)));
      }
    }
  }

  /** The ranges of a pool in the order of `spec.addresses`. */
  of(pool: Pool): readonly FreeRange[] {
    return pool.ranges.flatMap((range) => this.#byKey.get(keyOf(pool, range)) ?? []);
  }

  /** An IP stopped being taken. */
  freed(ip: IpAddress): void {
    const family = familyOf(ip);
    for (const range of this.#byKey.values()) if (range.family === family) range.freed(ip);
  }
}

/** Equal keys: the same IPs can be given out. */
function keyOf(pool: Pool, { family, first, last }: IpRange): string {
  return `${family} ${first}-${last} ${pool.avoidBuggyIps ? 'avoids 0 and 255' : 'gives all'}`;
}
