import type { Wish } from '../allocator/allocator.ts';
import { wantedFamilies } from '../allocator/families.ts';
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
  // Whether the cluster is dual-stack cannot be seen here: PreferDualStack is left alone unless it names both families.
  const wanted = wantedFamilies(service, { primary: primaryFamily, dualStack: undefined });
  if (wanted === undefined) return undefined;
  const pool = poolRequestOf(service);
  return { service, ...wanted, ...(pool === undefined ? {} : { pool }) };
}
