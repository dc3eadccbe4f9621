import type { Ownership } from '../claims/ownership.ts';
import { isAvoided, type Pool, type Pools } from '../metallb/pool.ts';
import type { IpRange } from '../net/ip-range.ts';
import { type OccupiedIp, occupiedIps } from './occupied-ip.ts';
import { RangeIndex } from './range-index.ts';

/** An occupied IP and its number, for its place in a range. */
export interface Placed extends OccupiedIp {
  readonly value: bigint;
  /** avoidBuggyIPs excludes it: it counts as taken, but not among the IPs that the pool can give. */
  readonly avoided: boolean;
}

/** One range of a pool with what is occupied in it, ascending. */
export interface RangeMap {
  readonly range: IpRange;
  readonly occupied: readonly Placed[];
}

/** One pool with its ranges in the order of `spec.addresses`. */
export interface PoolMap {
  readonly pool: Pool;
  readonly ranges: readonly RangeMap[];
}

/** Every pool with what is occupied in it, and what lies in none. */
export interface ClusterPools {
  readonly pools: readonly PoolMap[];
  readonly outside: readonly OccupiedIp[];
}

/** Sorts all occupied IPs into the pools. The price grows with the number of holders, never with the size of a pool. */
export function mapPools(pools: Pools, ownership: Ownership, now: number): ClusterPools {
  const known = pools.kind === 'known' ? pools.pools : [];
  const index = new RangeIndex(known);
  const byRange = new Map<IpRange, Placed[]>();
  const outside: OccupiedIp[] = [];
  for (const occupied of occupiedIps(ownership, now)) {
    const place = index.find(occupied.ip);
    if (place === undefined) {
      outside.push(known.length === 0 ? occupied : unguarded(occupied));
      continue;
    }
    const placed = { ...occupied, value: place.value, avoided: isAvoided(place.pool, occupied.ip) };
    const here = byRange.get(place.range);
    if (here === undefined) byRange.set(place.range, [placed]);
    else here.push(placed);
  }
  return {
    pools: known.map((pool) => ({ pool, ranges: pool.ranges.map((range) => ranged(range, byRange)) })),
    outside,
  };
}

function ranged(range: IpRange, byRange: ReadonlyMap<IpRange, readonly Placed[]>): RangeMap {
  const occupied = [...(byRange.get(range) ?? [])].sort((one, other) => (one.value < other.value ? -1 : 1));
  return { range, occupied };
}

/** An IP in no pool is not holdfast's business: a node's IP is rightly on many Services. */
function unguarded(occupied: OccupiedIp): OccupiedIp {
  return occupied.state === 'conflict' ? { ...occupied, state: 'shared' } : occupied;
}
