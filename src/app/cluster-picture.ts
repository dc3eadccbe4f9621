import type { OccupiedIp, OccupiedState } from '../core/map/occupied-ip.ts';
import { mapPools, type PoolMap, type RangeMap } from '../core/map/pool-map.ts';
import { type PoolUse, poolUse } from '../core/map/pool-use.ts';
import { rangeText, usableIps } from '../core/map/range-size.ts';
import { type Family, type IpAddress, ipFromBigInt } from '../core/net/ip.ts';
import type { IpRange } from '../core/net/ip-range.ts';
import type { ClusterState } from './cluster-state.ts';

/** A Service on an IP, as the page shows it. Times are epoch ms. */
export interface PictureHolder {
  readonly namespace: string;
  readonly name: string;
  readonly standing: 'assigned' | 'reserved' | 'sticky';
  readonly since?: number;
  readonly until?: number;
}

/** An IP that is not free. */
export interface PictureIp {
  readonly ip: IpAddress;
  readonly state: OccupiedState;
  readonly holders: readonly PictureHolder[];
  readonly sharingKey?: string;
}

/** IPs in a row that are free; `count` leaves out those that avoidBuggyIPs excludes. Counts are decimal texts. */
export interface PictureGap {
  readonly free: string;
  readonly first: IpAddress;
  readonly last: IpAddress;
}

/** One range of a pool: its occupied IPs and the gaps between them, ascending. */
export interface PictureRange {
  readonly text: string;
  readonly family: Family;
  /** All IPs of the range, a decimal text: an IPv6 range has more than a number can count. */
  readonly size: string;
  readonly cells: readonly (PictureIp | PictureGap)[];
}

/** How much of a pool is in use, by family. */
export interface PictureUse {
  readonly family: Family;
  readonly size: string;
  readonly free: string;
  readonly taken: number;
  readonly states: Readonly<Record<OccupiedState, number>>;
}

export interface PicturePool {
  readonly name: string;
  readonly autoAssign: boolean;
  readonly avoidBuggyIps: boolean;
  readonly use: readonly PictureUse[];
  readonly ranges: readonly PictureRange[];
}

/** Who holds what, as JSON: only names, IPs, states and times. */
export interface ClusterPicture {
  /** False while no IPAddressPool can be read: MetalLB 0.12, or the first list is still missing. */
  readonly poolsKnown: boolean;
  readonly pools: readonly PicturePool[];
  /** Occupied IPs that lie in no pool. */
  readonly outside: readonly PictureIp[];
}

/** The cluster as the page draws it, at `now` (epoch ms). Grows with the holders, not with the pools. */
export function clusterPicture(state: Pick<ClusterState, 'pools' | 'ownership'>, now: number): ClusterPicture {
  const { pools, outside } = mapPools(state.pools, state.ownership, now);
  return {
    poolsKnown: state.pools.kind === 'known',
    pools: pools.map(picturePool).sort((one, other) => (one.name < other.name ? -1 : 1)),
    outside: outside.map(pictureIp).sort((one, other) => (one.ip < other.ip ? -1 : 1)),
  };
}

function picturePool(map: PoolMap): PicturePool {
  const { name, autoAssign, avoidBuggyIps } = map.pool;
  const ranges = map.ranges.map((range) => pictureRange(range, avoidBuggyIps));
  return { name, autoAssign, avoidBuggyIps, use: poolUse(map).map(pictureUse), ranges };
}

function pictureUse({ family, size, free, taken, states }: PoolUse): PictureUse {
  return { family, size: String(size), free: String(free), taken, states };
}

function pictureRange({ range, occupied }: RangeMap, avoidBuggyIps: boolean): PictureRange {
  const cells: (PictureIp | PictureGap)[] = [];
  let next = range.first;
  const gapUntil = (end: bigint) => {
    if (next < end) cells.push(gap({ ...range, first: next, last: end - 1n }, avoidBuggyIps));
  };
  for (const one of occupied) {
    gapUntil(one.value);
    cells.push(pictureIp(one));
    next = one.value + 1n;
  }
  gapUntil(range.last + 1n);
  return { text: rangeText(range), family: range.family, size: String(range.last - range.first + 1n), cells };
}

function gap(range: IpRange, avoidBuggyIps: boolean): PictureGap {
  const { family, first, last } = range;
  const free = String(usableIps(range, avoidBuggyIps));
  return { free, first: ipFromBigInt(first, family), last: ipFromBigInt(last, family) };
}

function pictureIp({ ip, state, occupants, sharingKey }: OccupiedIp): PictureIp {
  const holders = occupants.map(({ service: { namespace, name }, standing, since, until }) => ({
    namespace,
    name,
    standing,
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
  }));
  return { ip, state, holders, ...(sharingKey === '' ? {} : { sharingKey }) };
}
