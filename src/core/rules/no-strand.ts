import { isAvoided, type NamespaceLabels, type Pool, type Pools, poolAdmits, poolOf } from '../metallb/pool.ts';
import type { IpAddress } from '../net/ip.ts';
import { nameOf, type ServiceRef } from '../service-ref.ts';
import type { ServiceView } from '../service-view.ts';

/** An assigned IP that a change of pools or namespaces would leave in no usable pool. */
export interface Stranded {
  readonly service: ServiceRef;
  readonly ip: IpAddress;
  readonly why: StrandReason;
}

/**
 * Why an IP would be stranded. `split`: MetalLB wants all IPs of a Service in one pool (poolFor, 0.13–0.16).
 * `not-admitted`: the pool's serviceAllocation would exclude the Service.
 */
export type StrandReason = 'in-no-pool' | 'avoided' | 'not-admitted' | 'split';

/** A change of what MetalLB may hand out: pools, or the labels by which pools select namespaces. */
export interface PoolChange {
  readonly before: Pools;
  readonly after: Pools;
}

/**
 * The IPs that the change strands: usable before, and not afterwards. What was stranded already is not counted, so that
 * a bad state can be mended step by step. A status cannot protect such an IP: speakers withdraw it (all versions).
 */
export function strandedBy({ before, after }: PoolChange, services: Iterable<ServiceView>): readonly Stranded[] {
  const stranded: Stranded[] = [];
  for (const service of services) {
    if (service.assigned.length === 0 || whyStranded(service, before) !== undefined) continue;
    const found = whyStranded(service, after);
    if (found !== undefined) stranded.push({ service: service.ref, ...found });
  }
  return stranded;
}

/** The first IP of a Service that MetalLB would not let it keep under these pools; undefined when all are fine. */
export function whyStranded(service: ServiceView, pools: Pools): Omit<Stranded, 'service'> | undefined {
  const homes = service.assigned.map((ip) => ({ ip, home: poolOf(pools, ip) }));
  for (const { ip, home } of homes) {
    const why = whyUnusable(service, ip, { home, pools });
    if (why !== undefined) return { ip, why };
  }
  const split = homes.find(({ home }) => home?.name !== homes[0]?.home?.name);
  return split === undefined ? undefined : { ip: split.ip, why: 'split' };
}

function whyUnusable(
  service: ServiceView,
  ip: IpAddress,
  { home, pools }: { readonly home: Pool | undefined; readonly pools: Pools },
): StrandReason | undefined {
  if (home === undefined) return 'in-no-pool';
  if (isAvoided(home, ip)) return 'avoided';
  const namespaces: NamespaceLabels = pools.kind === 'known' ? pools.namespaces : new Map();
  return poolAdmits(home, service, namespaces) ? undefined : 'not-admitted';
}

const WORDS: Readonly<Record<StrandReason, string>> = {
  'in-no-pool': 'in no pool',
  avoided: 'avoided (avoidBuggyIPs)',
  'not-admitted': 'not admitted (serviceAllocation)',
  split: 'in another pool than its other IP',
};

/** `in no pool`, `avoided (avoidBuggyIPs)`. */
export function strandWords(why: StrandReason): string {
  return WORDS[why];
}

/** `default/web (192.0.2.7: in no pool)`. */
export function describeStranded({ service, ip, why }: Stranded): string {
  return `${nameOf(service)} (${ip}: ${WORDS[why]})`;
}
