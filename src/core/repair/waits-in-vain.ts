import type { Choice, Wish } from '../allocator/allocator.ts';
import type { Ownership } from '../claims/ownership.ts';
import { standsPinned } from '../claims/standing.ts';
import type { Scope } from '../facts.ts';
import { type Pools, poolAdmits, poolOf } from '../metallb/pool.ts';
import { ipRequestOf } from '../metallb/request.ts';
import { mayShare } from '../metallb/sharing.ts';
import type { IpAddress } from '../net/ip.ts';
import { isGuardedClass } from '../scope.ts';
import type { ServiceView } from '../service-view.ts';
import { isPinnable } from './pin.ts';
import { wishAtCreate } from './pin-at-create.ts';

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
 * True when MetalLB could give this Service what it lacks: its pin, an IP that its user requests and nobody holds, or just
 * any IP. MetalLB may not know: when a write is redirected, its memory frees an IP and it looks at nobody else.
 */
export function waitsInVain(service: ServiceView, room: WaitingRoom): boolean {
  const { type, deleting, assigned } = service;
  if (type !== 'LoadBalancer' || deleting || !isGuardedClass(service, room.scope)) return false;
  const request = ipRequestOf(service);
  if (request.kind === 'ips') return !isSame(request.ips, assigned) && canHave(service, request.ips, room);
  if (request.kind === 'invalid' || assigned.length > 0) return false;
  if (standsPinned(service)) return true;
  const { ownership, pools, scope, choose } = room;
  const wish = wishAtCreate({ service, primaryFamily: ownership.ledger.primaryFamily, pools, scope });
  return wish !== undefined && choose(wish) !== undefined;
}

function canHave(service: ServiceView, ips: readonly IpAddress[], { ownership, pools, now }: WaitingRoom): boolean {
  if (pools.kind === 'unknown' || !isPinnable(service, ips)) return false;
  return ips.every((ip) => {
    const pool = poolOf(pools, ip);
    const others = ownership.othersHolding(ip, service, now);
    return (
      pool !== undefined &&
      poolAdmits(pool, service, pools.namespaces) &&
      others.every((other) => mayShare(other.service.sharing, service.sharing))
    );
  });
}

function isSame(one: readonly IpAddress[], other: readonly IpAddress[]): boolean {
  return one.length === other.length && one.every((ip) => other.includes(ip));
}
