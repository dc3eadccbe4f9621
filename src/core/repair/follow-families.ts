import { wantedFamilies } from '../allocator/families.ts';
import type { Scope } from '../facts.ts';
import type { Pools } from '../metallb/pool.ts';
import { poolOf } from '../metallb/pool.ts';
import { ipRequestOf, poolRequestOf } from '../metallb/request.ts';
import { type Family, familyOf, type IpAddress } from '../net/ip.ts';
import { isGuardedClass } from '../scope.ts';
import type { ServiceView } from '../service-view.ts';
import type { PinPolicy } from './pin.ts';
import { isAgainstPool } from './unmet.ts';

/** What an edit of the families makes of the pin. */
export type FollowedFamilies =
  /** The families are not all that changes, or not enough is known: nothing to follow. */
  | { readonly kind: 'none' }
  /** The Service stays with `kept`, and is to get `missing` from the same pool; if there are none, the pin goes. */
  | {
      readonly kind: 'set';
      readonly kept: readonly IpAddress[];
      readonly missing: readonly Family[];
      readonly pool: string;
    };

/** What {@link followFamilies} needs to know beside the Service. */
export interface UpdateOccasion {
  readonly policy: PinPolicy;
  readonly pools: Pools;
  readonly scope: Scope;
  /** Whether the cluster gives two ClusterIPs to those who prefer that; undefined when it is not known. */
  readonly dualStack: boolean | undefined;
}

/**
 * The pin that goes with an edit of the families. MetalLB clears such a Service and begins with the lowest free IPs (C6,
 * 0.13–0.16): the IP that stays would move. A pin in the same write tells it to stay, so that there is nothing to repair.
 */
export function followFamilies(was: ServiceView, becomes: ServiceView, occasion: UpdateOccasion): FollowedFamilies {
  const { policy, pools, scope, dualStack } = occasion;
  const request = ipRequestOf(becomes).kind;
  if (request === 'ips' || request === 'invalid') return NONE;
  if (policy === 'never' || (policy === 'repair' && request !== 'pin')) return NONE;
  if (!onlyFamiliesChange(was, becomes) || !isGuardedClass(becomes, scope)) return NONE;
  // The ClusterIPs follow the edit only after this hook.
  const wanted = wantedFamilies({ ...becomes, clusterIpFamilies: [] }, { primary: undefined, dualStack });
  const kept = was.assigned.filter((ip) => wanted?.families.includes(familyOf(ip)));
  const [home] = kept.map((ip) => poolOf(pools, ip));
  if (wanted === undefined || home === undefined || isAgainstPool(becomes, kept, pools)) return NONE;
  const missing = wanted.families.filter((family) => !kept.some((ip) => familyOf(ip) === family));
  return { kind: 'set', kept, missing, pool: home.name };
}

const NONE = { kind: 'none' } as const;

function onlyFamiliesChange(was: ServiceView, becomes: ServiceView): boolean {
  return (
    (was.familyPolicy !== becomes.familyPolicy || was.families.join() !== becomes.families.join()) &&
    was.type === 'LoadBalancer' &&
    becomes.type === 'LoadBalancer' &&
    was.lbClass === becomes.lbClass &&
    poolRequestOf(was) === poolRequestOf(becomes)
  );
}
