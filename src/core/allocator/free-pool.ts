import { type NamespaceLabels, type Pool, poolAdmits } from '../metallb/pool.ts';
import { type Family, familyOf, type IpAddress } from '../net/ip.ts';
import type { ServiceView } from '../service-view.ts';
import type { Candidate, FreeRange, Taken } from './free-range.ts';

/** Who asks, and what is not to be offered. */
export interface Search extends Taken {
  readonly service: ServiceView;
}

/** A pool with what is known of its free IPs. */
export class FreePool {
  readonly pool: Pool;
  readonly #ranges: readonly FreeRange[];
  readonly #namespaces: NamespaceLabels;

  /** @param ranges in the order of `spec.addresses` */
  constructor(pool: Pool, ranges: readonly FreeRange[], namespaces: NamespaceLabels) {
    this.pool = pool;
    this.#ranges = ranges;
    this.#namespaces = namespaces;
  }

  admits(service: ServiceView): boolean {
    return poolAdmits(this.pool, service, this.#namespaces);
  }

  /**
   * The first IP that the Service may have, free or to be shared: range by range, ascending, network and broadcast
   * address included (MetalLB getFreeIPsFromPool; it splits `a-b` ranges into ascending prefixes).
   */
  first(family: Family, search: Search): IpAddress | undefined {
    for (const range of this.#ranges) {
      if (range.family !== family) continue;
      const free = range.lowestFree(search);
      const found = lowestShared(range, search, free?.offset) ?? free;
      if (found !== undefined) return found.ip;
    }
    return undefined;
  }
}

/** The lowest IP in front of `before` that the Service may share; it is then what MetalLB takes first. */
function lowestShared(range: FreeRange, search: Search, before = Number.POSITIVE_INFINITY): Candidate | undefined {
  const { service, occupancy, avoid } = search;
  if (service.sharing.key === '') return undefined;
  let lowest: Candidate | undefined;
  for (const ip of occupancy.sharedUnder(service.sharing.key)) {
    const candidate = inFamily(range, ip);
    const comesFirst = candidate !== undefined && candidate.offset < (lowest?.offset ?? before);
    if (comesFirst && !avoid.has(ip) && occupancy.mayJoin(ip, service)) lowest = candidate;
  }
  return lowest;
}

function inFamily(range: FreeRange, ip: IpAddress): Candidate | undefined {
  return familyOf(ip) === range.family ? range.candidate(ip) : undefined;
}
