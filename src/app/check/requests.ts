import { wantedFamilies } from '../../core/allocator/families.ts';
import { isAvoided, poolAdmits, poolOf } from '../../core/metallb/pool.ts';
import { ipRequestOf, poolRequestOf } from '../../core/metallb/request.ts';
import { mayShare } from '../../core/metallb/sharing.ts';
import type { IpAddress } from '../../core/net/ip.ts';
import { isPinnable } from '../../core/repair/pin.ts';
import { hasPools } from '../../core/scope.ts';
import { nameOf } from '../../core/service-ref.ts';
import type { ServiceView } from '../../core/service-view.ts';
import type { Viewpoint } from '../survey.ts';
import type { Finding } from './finding.ts';
import { guarded, isSame } from './services.ts';

/** Younger Services may simply not have been looked at yet. */
const PATIENCE_MS = 60_000;

/** What users ask for and cannot have, and Services that wait for an IP. */
export function requests(view: Viewpoint): readonly Finding[] {
  return guarded(view).flatMap((service): readonly Finding[] => {
    const object = nameOf(service.ref);
    const unmet = whyUnmet(service, view);
    if (unmet !== undefined) return [{ code: 'RequestUnmet', object, ...unmet }];
    const young = service.createdAt + PATIENCE_MS > view.survey.takenAt;
    if (service.assigned.length > 0 || young) return [];
    return [{ code: 'Pending', object, message: whyPending(service, view) }];
  });
}

/** @returns undefined when nothing is requested, or it is had, or it could be had */
function whyUnmet(service: ServiceView, view: Viewpoint): Pick<Finding, 'ip' | 'message'> | undefined {
  const request = ipRequestOf(service);
  if (request.kind === 'invalid') return { message: request.why };
  if (request.kind !== 'none' && !isSame(request.ips, service.assigned)) {
    const whose = request.kind === 'pin' ? 'pinned to' : 'requests';
    for (const ip of request.ips) {
      const why = whyNot(service, ip, view);
      if (why !== undefined) return { ip, message: `${whose} it; ${why}` };
    }
    if (!isPinnable(service, request.ips))
      return { ip: request.ips.join(','), message: `${whose} it; its ClusterIPs have other families` };
  }
  return unmetPool(service, view);
}

function unmetPool(service: ServiceView, { state }: Viewpoint): Pick<Finding, 'message'> | undefined {
  const { pools } = state;
  const wanted = poolRequestOf(service);
  if (wanted === undefined || !hasPools(pools)) return undefined;
  if (service.assigned.some((ip) => poolOf(pools, ip)?.name === wanted)) return undefined;
  const pool = pools.pools.find(({ name }) => name === wanted);
  if (pool === undefined) return { message: `asks for pool ${wanted}, which does not exist` };
  if (!poolAdmits(pool, service, pools.namespaces)) return { message: `asks for pool ${wanted}, which excludes it` };
  return undefined;
}

/** Why MetalLB would refuse this IP to this Service. */
function whyNot(service: ServiceView, ip: IpAddress, { state, survey }: Viewpoint): string | undefined {
  const { pools, ownership } = state;
  const taken = ownership
    .othersHolding(ip, service, survey.takenAt)
    .find((other) => !mayShare(other.service.sharing, service.sharing));
  if (taken !== undefined) return `${nameOf(taken.service.ref)} has it`;
  if (!hasPools(pools)) return undefined;
  const pool = poolOf(pools, ip);
  if (pool === undefined) return 'it is in no pool';
  if (isAvoided(pool, ip)) return `pool ${pool.name} avoids it (avoidBuggyIPs)`;
  if (!poolAdmits(pool, service, pools.namespaces)) return `pool ${pool.name} excludes this Service`;
  const wanted = poolRequestOf(service);
  return wanted === undefined || wanted === pool.name ? undefined : `it also asks for pool ${wanted}`;
}

function whyPending(service: ServiceView, { state, survey }: Viewpoint): string {
  const { pools, ledger } = state;
  if (pools.kind === 'unknown') return 'no pool of MetalLB was found';
  if (pools.pools.length === 0) return 'there is no pool at all';
  const wanted = wantedFamilies(service, { primary: ledger.primaryFamily, dualStack: undefined });
  if (wanted === undefined) return 'RequireDualStack with one ClusterIP: MetalLB gives it nothing';
  const pool = poolRequestOf(service);
  const wish = { service, ...wanted, ...(pool === undefined ? {} : { pool }) };
  const choice = ipRequestOf(service).kind === 'none' ? state.choose(wish, survey.takenAt) : undefined;
  if (choice !== undefined) return `${choice.ips.join(',')} of pool ${choice.pool} is free: does MetalLB run?`;
  if (ipRequestOf(service).kind !== 'none') return 'what it asks for is free: does MetalLB run?';
  return pool === undefined ? 'no pool that admits it has a free IP' : `pool ${pool} has no free IP`;
}
