import { ipv6Groups } from '../allocator/ipv6-groups.ts';
import type { Pool } from '../metallb/pool.ts';
import { type Family, familyOf, type IpAddress, ipToBigInt } from '../net/ip.ts';
import type { IpRange } from '../net/ip-range.ts';

/** Where an IP lies. */
export interface Place {
  readonly pool: Pool;
  readonly range: IpRange;
  /** The IP as a number. */
  readonly value: bigint;
}

interface Indexed {
  readonly pool: Pool;
  readonly range: IpRange;
}

/** Finds the range of an IP among all ranges of all pools by bisection; MetalLB refuses pools that overlap. */
export class RangeIndex {
  readonly #sorted: Readonly<Record<Family, readonly Indexed[]>>;

  constructor(pools: readonly Pool[]) {
    const all = pools.flatMap((pool) => pool.ranges.map((range) => ({ pool, range })));
    const sorted = (family: Family) =>
      all.filter(({ range }) => range.family === family).sort((a, b) => (a.range.first < b.range.first ? -1 : 1));
    this.#sorted = { IPv4: sorted('IPv4'), IPv6: sorted('IPv6') };
  }

  /** @returns undefined when the IP lies in no pool */
  find(ip: IpAddress): Place | undefined {
    const ranges = this.#sorted[familyOf(ip)];
    const value = numberOf(ip);
    let [low, high] = [0, ranges.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ranges[middle]?.range.first ?? 0n) <= value) low = middle + 1;
      else high = middle;
    }
    const found = ranges[low - 1];
    return found === undefined || value > found.range.last ? undefined : { ...found, value };
  }
}

/** As ipToBigInt, without its parser: a scrape asks this of every IP that somebody holds. */
function numberOf(ip: IpAddress): bigint {
  if (familyOf(ip) === 'IPv4') return ipToBigInt(ip);
  const groups = ipv6Groups(ip);
  let value = 0n;
  for (let i = 0; i < 8; i += 2) value = (value << 32n) | BigInt((groups[i] ?? 0) * 0x10000 + (groups[i + 1] ?? 0));
  return value;
}
