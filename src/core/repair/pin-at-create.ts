import type { Wish } from '../allocator/allocator.ts';
import type { Scope } from '../facts.ts';
import type { Pools } from '../metallb/pool.ts';
import { ipRequestOf, poolRequestOf } from '../metallb/request.ts';
import type { Family } from '../net/ip.ts';
import { hasPools, isGuardedClass } from '../scope.ts';
import type { ServiceView } from '../service-view.ts';

/** What a new Service may be judged by. */
export interface Newcomer {
  readonly service: ServiceView;
  /** The family of a Service that names none; undefined when it is not known. */
  readonly primaryFamily: Family | undefined;
  readonly pools: Pools;
  readonly scope: Scope;
}

/**
 * What MetalLB would look for when it met this new Service.
 * @returns undefined when the Service is to be left alone: not MetalLB's, the user requests IPs, no pool is known, or
 * its families cannot be told before the API server has defaulted them
 */
export function wishAtCreate({ service, primaryFamily, pools, scope }: Newcomer): Wish | undefined {
  if (service.type !== 'LoadBalancer' || !isGuardedClass(service, scope) || !hasPools(pools)) return undefined;
  const request = ipRequestOf(service);
  if (request.kind === 'ips' || request.kind === 'invalid') return undefined;
  const families = familiesAtCreate(service, primaryFamily);
  if (families === undefined) return undefined;
  const pool = poolRequestOf(service);
  return { service, families, preferDualStack: false, ...(pool === undefined ? {} : { pool }) };
}

/**
 * A mutating hook at CREATE sees `spec.ipFamilies` only if the user wrote it. Without it a single-stack Service gets the
 * cluster's primary family; RequireDualStack gets both or is refused; PreferDualStack may get either (Kubernetes docs,
 * "IPv4/IPv6 dual-stack").
 */
function familiesAtCreate(
  { families, familyPolicy }: ServiceView,
  primary: Family | undefined,
): readonly Family[] | undefined {
  if (familyPolicy === 'PreferDualStack') return undefined;
  const first = families[0] ?? primary;
  if (first === undefined) return undefined;
  if (familyPolicy !== 'RequireDualStack') return [first];
  return [first, first === 'IPv4' ? 'IPv6' : 'IPv4'];
}
