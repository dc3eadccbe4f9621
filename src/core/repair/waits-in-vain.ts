import type { Choice, Wish } from '../allocator/allocator.ts';
import { wantedFamilies } from '../allocator/families.ts';
import type { Ownership } from '../claims/ownership.ts';
import { standsPinned } from '../claims/standing.ts';
import type { Scope } from '../facts.ts';
import { isAvoided, type Pools, poolAdmits, poolOf } from '../metallb/pool.ts';
import { ipRequestOf, poolRequestOf } from '../metallb/request.ts';
import { mayShare } from '../metallb/sharing.ts';
import type { IpAddress } from '../net/ip.ts';
import { isGuardedClass } from '../scope.ts';
import type { ServiceView } from '../service-view.ts';
import { isPinnable } from './pin.ts';
import { wishAtCreate } from './pin-at-create.ts';
import { isAgainstPool, missingFamilies } from './unmet.ts';

/** What is known at the moment of the question. */
export interface WaitingRoom {
  readonly ownership: Ownership;
  readonly pools: Pools;
  readonly scope: Scope;
  readonly choose: (wish: Wish) => Choice | undefined;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * True when MetalLB could give this Service what it lacks: its pin, an IP that its user requests and nobody holds, one of
 * the pool that it names, its second family, or just any IP. MetalLB may not know: when a write is redirected, its memory frees an IP and it looks at nobody else.
 */
export function waitsInVain(service: ServiceView, room: WaitingRoom): boolean {
  const { type, deleting, assigned } = service;
  if (type !== 'LoadBalancer' || deleting || !isGuardedClass(service, room.scope)) return false;
  const request = ipRequestOf(service);
  if (request.kind === 'ips') return !isSame(request.ips, assigned) && canHave(service, request.ips, room);
  if (request.kind === 'invalid') return false;
  if (assigned.length > 0) return couldHaveMore(service, room);
  if (standsPinned(service)) return true;
  const { ownership, pools, scope, choose } = room;
  const wish = wishAtCreate({ service, primaryFamily: ownership.ledger.primaryFamily, pools, scope });
  return wish !== undefined && choose(wish) !== undefined;
}

/** What was held back because it could not be had: another pool, or the other family in the pool that it has. */
function couldHaveMore(service: ServiceView, { pools, choose, ownership }: WaitingRoom): boolean {
  const { assigned } = service;
  const wish = { service, preferDualStack: false };
  if (isAgainstPool(service, assigned, pools)) {
    const wanted = wantedFamilies(service, { primary: ownership.ledger.primaryFamily, dualStack: undefined });
    const pool = poolRequestOf(service);
    return (
      wanted !== undefined && pool !== undefined && choose({ ...wish, families: wanted.families, pool }) !== undefined
    );
  }
  const families = missingFamilies(service, assigned);
  const [home] = assigned.map((ip) => poolOf(pools, ip));
  return families.length > 0 && home !== undefined && choose({ ...wish, families, pool: home.name }) !== undefined;
}

/** True when MetalLB could give the Service all of these IPs, as far as pools, families and other Services go. */
export function canHave(
  service: ServiceView,
  ips: readonly IpAddress[],
  { ownership, pools, now }: Pick<WaitingRoom, 'ownership' | 'pools' | 'now'>,
): boolean {
  if (pools.kind === 'unknown' || !isPinnable(service, ips)) return false;
  const wanted = poolRequestOf(service);
  return ips.every((ip) => {
    const pool = poolOf(pools, ip);
    const others = ownership.othersHolding(ip, service, now);
    return (
      pool !== undefined &&
      !isAvoided(pool, ip) &&
      (wanted === undefined || pool.name === wanted) &&
      poolAdmits(pool, service, pools.namespaces) &&
      others.every((other) => mayShare(other.service.sharing, service.sharing))
    );
  });
}

function isSame(one: readonly IpAddress[], other: readonly IpAddress[]): boolean {
  return one.length === other.length && one.every((ip) => other.includes(ip));
}
