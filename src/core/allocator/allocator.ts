import type { Pools } from '../metallb/pool.ts';
import { type Family, familyOf, type IpAddress } from '../net/ip.ts';
import { FreePool, type Search } from './free-pool.ts';
import { FreeRanges } from './free-ranges.ts';
import type { Occupancy } from './occupancy.ts';
import { poolOrder } from './pool-order.ts';
import type { Choice, Wish } from './wish.ts';

export type { Occupancy } from './occupancy.ts';
export type { Choice, Wish } from './wish.ts';

const NONE: ReadonlySet<IpAddress> = new Set();

/**
 * Finds the IP that MetalLB would choose first (allocator.go Allocate and AllocateFromPool, 0.13.9–0.16.1). It marks
 * nothing: the occupancy alone says what is taken, so two calls in a row give the same answer. The price of a choice
 * does not grow with the number of taken IPs.
 */
export class Allocator {
  readonly #occupancy: Occupancy;
  #ranges = new FreeRanges([]);
  #byName: ReadonlyMap<string, FreePool> = new Map();
  #dedicated: readonly FreePool[] = [];
  #open: readonly FreePool[] = [];

  constructor(occupancy: Occupancy) {
    this.#occupancy = occupancy;
  }

  /** Takes new pools or new namespace labels. What was learnt of ranges that did not change stays. */
  setPools(pools: Pools): void {
    const known = pools.kind === 'known' ? pools : { pools: [], namespaces: new Map() };
    const ranges = new FreeRanges(known.pools, this.#ranges);
    const made = new Map(known.pools.map((pool) => [pool, new FreePool(pool, ranges.of(pool), known.namespaces)]));
    const order = poolOrder(pools);
    this.#ranges = ranges;
    this.#byName = new Map([...made.values()].map((free) => [free.pool.name, free]));
    this.#dedicated = order.dedicated.flatMap((pool) => made.get(pool) ?? []);
    this.#open = order.open.flatMap((pool) => made.get(pool) ?? []);
  }

  /**
   * An IP stopped being taken. To be called after each change by which `isTaken(ip)` may have gone from true to false,
   * and when it is false already: an IP of which this is not heard is never offered again.
   */
  freed(ip: IpAddress): void {
    this.#ranges.freed(ip);
  }

  /**
   * MetalLB's first choice; undefined when there is none. IPs that the user asks for (`loadBalancerIPs`) are not looked
   * at here: for them there is nothing to choose.
   */
  choose(wish: Wish): Choice | undefined {
    if (wish.families.length === 0) return undefined;
    const search: Search = { service: wish.service, occupancy: this.#occupancy, avoid: wish.avoid ?? NONE };
    if (wish.pool === undefined) return best(this.#dedicated, wish, search) ?? best(this.#open, wish, search);
    const named = this.#byName.get(wish.pool);
    return named && best([named], wish, search);
  }
}

/**
 * The first pool that has all the families; when one is enough, else the first that has the primary family, else the
 * first that has the other. So a pool with both goes before one of better priority with one (findBestPoolForService).
 */
function best(pools: readonly FreePool[], wish: Wish, search: Search): Choice | undefined {
  const withOne = new Map<Family, Choice>();
  for (const free of pools) {
    if (!free.admits(wish.service)) continue;
    const pool = free.pool.name;
    const ips = wish.families.flatMap((family) => free.first(family, search) ?? []);
    if (ips.length === wish.families.length) return { pool, ips: ips.sort(ipv4First) };
    for (const ip of wish.preferDualStack ? ips : []) {
      if (!withOne.has(familyOf(ip))) withOne.set(familyOf(ip), { pool, ips: [ip] });
    }
  }
  return wish.families.map((family) => withOne.get(family)).find((choice) => choice !== undefined);
}

function ipv4First(one: IpAddress, other: IpAddress): number {
  return familyOf(one) < familyOf(other) ? -1 : 1;
}
