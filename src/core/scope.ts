import type { Scope } from './facts.ts';
import { missingPoolOf, type Pools, poolOf } from './metallb/pool.ts';
import type { IpAddress } from './net/ip.ts';
import type { ServiceView } from './service-view.ts';

/** True when a Service of this class is MetalLB's: the class is unset, or listed with `--lb-class`. */
export function isGuardedClass(service: Pick<ServiceView, 'lbClass'>, scope: Scope): boolean {
  return service.lbClass === undefined || scope.classes.includes(service.lbClass);
}

/**
 * True when the IP is holdfast's business: it lies in a pool, or in one that is missing. An IP in no pool is a cloud's, or a node's that many
 * Services rightly share – unless no pool is known at all, when the class alone decides.
 */
export function isGuardedIp(ip: IpAddress, pools: Pools): boolean {
  return !hasPools(pools) || poolOf(pools, ip) !== undefined || missingPoolOf(pools, ip) !== undefined;
}

/** True when at least one pool is known. */
export function hasPools(pools: Pools): pools is Extract<Pools, { kind: 'known' }> {
  return pools.kind === 'known' && pools.pools.length > 0;
}
