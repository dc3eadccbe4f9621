import type { Pools } from '../metallb/pool.ts';
import { poolOf } from '../metallb/pool.ts';
import { ipRequestOf, poolRequestOf } from '../metallb/request.ts';
import { type Family, familyOf, type IpAddress } from '../net/ip.ts';
import type { ServiceView } from '../service-view.ts';

/** What a user asks for and the IPs do not give: other IPs, another pool, both families. */
export type Unmet = 'ips' | 'pool' | 'families';

/** What {@link unmetWish} needs to know beside the Service and its IPs. */
export interface UnmetOccasion {
  readonly pools: Pools;
  /** MetalLB 0.14.9+: a PreferDualStack Service may stay with one IP (serviceFamilyChanged). */
  readonly oneFamilyIsEnough: boolean;
}

/**
 * The wish that keeps MetalLB from leaving a Service alone with these IPs. As long as there is one, each look that MetalLB
 * takes at the Service ends in a cleared status (C6, C8 and C9 of convergeBalancer, 0.13–0.16), and no pin can change
 * that without overriding the user.
 * @param ips not empty
 */
export function unmetWish(service: ServiceView, ips: readonly IpAddress[], occasion: UnmetOccasion): Unmet | undefined {
  const request = ipRequestOf(service);
  if (isAgainstPool(service, ips, occasion.pools)) return 'pool';
  if (lacksFamily(service, ips, occasion)) return 'families';
  return request.kind === 'ips' && request.ips.join() !== ips.join() ? 'ips' : undefined;
}

/** True when the Service asks for a pool by name, and one of the IPs is not of it. */
export function isAgainstPool(service: ServiceView, ips: readonly IpAddress[], pools: Pools): boolean {
  const wanted = poolRequestOf(service);
  return wanted !== undefined && ips.some((ip) => poolOf(pools, ip)?.name !== wanted);
}

/** The families of the ClusterIPs that these IPs do not have. */
export function missingFamilies(service: ServiceView, ips: readonly IpAddress[]): readonly Family[] {
  const wanted = service.clusterIpFamilies?.length ? service.clusterIpFamilies : service.families;
  return wanted.filter((family) => !ips.some((ip) => familyOf(ip) === family));
}

function lacksFamily(service: ServiceView, ips: readonly IpAddress[], { oneFamilyIsEnough }: UnmetOccasion): boolean {
  if (service.familyPolicy === 'PreferDualStack' && oneFamilyIsEnough) return false;
  return missingFamilies(service, ips).length > 0;
}
