import type { Family } from '../net/ip.ts';
import type { ServiceView } from '../service-view.ts';
import type { Wish } from './wish.ts';

/** What is known of the cluster's Service networks; what is not known is undefined. */
export interface ClusterFamilies {
  /** The family of a Service that does not say which. */
  readonly primary: Family | undefined;
  readonly dualStack: boolean | undefined;
}

export type FamilyWish = Pick<Wish, 'families' | 'preferDualStack'>;

const OTHER: Readonly<Record<Family, Family>> = { IPv4: 'IPv6', IPv6: 'IPv4' };

/**
 * Which families of IPs a Service shall get, the primary one first. MetalLB looks at `spec.clusterIPs`, not at
 * `spec.ipFamilies` (ipfamily.ForService, 0.13–0.16). In a mutating hook at CREATE there are no ClusterIPs yet; then
 * this foresees what the API server will make of policy, families and cluster.
 * @returns undefined when that cannot be known, or when MetalLB would give none: RequireDualStack with one ClusterIP
 */
export function wantedFamilies(service: ServiceView, cluster: ClusterFamilies): FamilyWish | undefined {
  const bound = service.clusterIpFamilies ?? [];
  const families = bound.length > 0 ? primaryFirst(bound, service.families[0]) : foreseen(service, cluster);
  if (families === undefined || (service.familyPolicy === 'RequireDualStack' && families.length < 2)) return undefined;
  return { families, preferDualStack: families.length === 2 && service.familyPolicy === 'PreferDualStack' };
}

/** MetalLB's primary family is IPv4 unless `spec.ipFamilies` begins with IPv6 (findBestPoolForService). */
function primaryFirst(bound: readonly Family[], first: Family = 'IPv4'): readonly Family[] {
  return bound.length < 2 ? bound : [first, OTHER[first]];
}

/**
 * What the API server makes of a new Service (service/storage/alloc.go, 1.34): without a policy it is SingleStack, and a
 * family that the cluster does not have is refused, so whoever names two and is accepted gets both.
 */
function foreseen(service: ServiceView, cluster: ClusterFamilies): readonly Family[] | undefined {
  const primary = service.families[0] ?? cluster.primary;
  const dual = becomesDual(service, cluster);
  if (primary === undefined || dual === undefined) return undefined;
  return dual ? [primary, OTHER[primary]] : [primary];
}

function becomesDual({ familyPolicy, families }: ServiceView, { dualStack }: ClusterFamilies): boolean | undefined {
  if (familyPolicy === 'PreferDualStack') return families.length === 2 || dualStack;
  return familyPolicy === 'RequireDualStack';
}
