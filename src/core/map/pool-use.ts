import type { Family } from '../net/ip.ts';
import type { OccupiedState } from './occupied-ip.ts';
import type { PoolMap, RangeMap } from './pool-map.ts';
import { usableIps } from './range-size.ts';

/** How much of one family of a pool is in use. */
export interface PoolUse {
  readonly pool: string;
  readonly family: Family;
  /** IPs that the pool can give out. */
  readonly size: bigint;
  /** Nobody has it and nobody's name keeps it. */
  readonly free: bigint;
  /** How many IPs are in each state. */
  readonly states: Readonly<Record<OccupiedState, number>>;
  /** Assigned, shared, reserved or in conflict: all but free and sticky. */
  readonly taken: number;
}

const FAMILIES = ['IPv4', 'IPv6'] as const;

/** The use of a pool, by family; families that it does not have are left out. */
export function poolUse({ pool, ranges }: PoolMap): readonly PoolUse[] {
  return FAMILIES.flatMap((family) => {
    const mine = ranges.filter(({ range }) => range.family === family);
    return mine.length === 0 ? [] : [familyUse(pool.name, family, mine, pool.avoidBuggyIps)];
  });
}

function familyUse(pool: string, family: Family, ranges: readonly RangeMap[], avoidBuggyIps: boolean): PoolUse {
  const states = { assigned: 0, shared: 0, reserved: 0, sticky: 0, conflict: 0 };
  let [size, used] = [0n, 0n];
  for (const { range, occupied } of ranges) {
    size += usableIps(range, avoidBuggyIps);
    for (const { state, avoided } of occupied) {
      states[state] += 1;
      if (!avoided) used += 1n;
    }
  }
  const taken = states.assigned + states.shared + states.reserved + states.conflict;
  return { pool, family, size, free: size - used, states, taken };
}
