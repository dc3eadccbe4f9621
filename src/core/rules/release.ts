import { type AllowMove, inForce, type Parsed, parseAllowMove } from '../break-glass.ts';
import type { Facts } from '../facts.ts';
import type { Holding } from '../ledger/ledger.ts';
import { ALLOW_MOVE_ANNOTATION } from '../metallb/annotations.ts';
import { admitsLabels, admitsNamespace, isAvoided, missingPoolOf, poolOf } from '../metallb/pool.ts';
import { ipRequestOf, poolRequestOf } from '../metallb/request.ts';
import { mayShare } from '../metallb/sharing.ts';
import { familyOf, type IpAddress } from '../net/ip.ts';
import type { ReleaseReason } from '../reasons.ts';
import { hasPools, isGuardedClass } from '../scope.ts';

/** True when this reason lets `ip` leave the Service. */
type Check = (facts: Facts, ip: IpAddress) => boolean;

/** The closed list of design §4; the first that holds names the release. */
const CHECKS: Readonly<Record<ReleaseReason, Check>> = {
  // The API server clears the status itself on the main resource; MetalLB may follow with a write of its own.
  TypeChanged: ({ was }) => was.type !== 'LoadBalancer',
  Deleting: ({ was }) => was.deleting,
  ClassChanged: ({ was, scope }) => !isGuardedClass(was, scope),
  // A pool that vanished without being let go comes back: MetalLB is being installed anew, object by object.
  PoolGone: ({ pools, now }, ip) =>
    hasPools(pools) && poolOf(pools, ip) === undefined && now >= (missingPoolOf(pools, ip)?.until ?? 0),
  // Asking for what cannot be had (an IP of somebody else, in no pool, of the wrong family) never loses what is there:
  // MetalLB clears first and then finds out. It frees an IP only in the very write that brings what was asked for.
  RequestChanged: (facts, ip) => {
    const { was, becomes } = facts;
    const request = ipRequestOf(was);
    if (request.kind !== 'ips' || request.ips.includes(ip)) return false;
    return request.ips.every((one) => becomes.assigned.includes(one) && mayHave(facts, one));
  },
  PoolRequestChanged: ({ was, becomes, pools }, ip) => {
    const requested = poolRequestOf(was);
    if (requested === undefined || poolOf(pools, ip)?.name === requested) return false;
    return becomes.assigned.some((one) => poolOf(pools, one)?.name === requested);
  },
  PoolIncompatible: (facts, ip) => {
    const pool = poolOf(facts.pools, ip);
    if (pool === undefined) return false;
    return (
      isAvoided(pool, ip) || !admitsLabels(pool, facts.was) || (isExcluded(facts, ip) && !keepsExcluded(facts, ip))
    );
  },
  FamilyDropped: ({ was }, ip) => was.families.length > 0 && !was.families.includes(familyOf(ip)),
  // MetalLB moves the Service whose own edit broke the sharing, so either of them may go; but only from an IP that
  // was shared legally before. Of two that never might share, the rightful one stays.
  SharingBroken: ({ was, otherHolders }, ip) =>
    assignedTo(otherHolders, ip).some(
      ({ service, sharedLegally }) => sharedLegally && !mayShare(was.sharing, service.sharing),
    ),
  DuplicateResolved: ({ was, otherHolders, rightfulFor }, ip) =>
    !rightfulFor.includes(ip) &&
    assignedTo(otherHolders, ip).some(({ service }) => !mayShare(was.sharing, service.sharing)),
  Allowed: (facts, ip) => {
    const allowed = allowMoveOf(facts);
    return allowed?.ok === true && allowed.permission.ip === ip;
  },
};

/** What the break-glass of the Service says now; undefined when it has none. */
export function allowMoveOf({ was, now }: Pick<Facts, 'was' | 'now'>): Parsed<AllowMove> | undefined {
  const text = was.annotations[ALLOW_MOVE_ANNOTATION];
  return text === undefined ? undefined : inForce(parseAllowMove(text), now);
}

/** True when the pool of `ip` no longer admits the namespace of the Service: nothing that its owner has done. */
export function isExcluded({ was, pools }: Pick<Facts, 'was' | 'pools'>, ip: IpAddress): boolean {
  const pool = poolOf(pools, ip);
  return pool !== undefined && pools.kind === 'known' && !admitsNamespace(pool, was, pools.namespaces);
}

/** By policy; the break-glass of the pool lets the IP go all the same. */
function keepsExcluded({ scope, pools, now }: Facts, ip: IpAddress): boolean {
  return scope.excluded === 'keep' && now >= (poolOf(pools, ip)?.mayStrandUntil ?? 0);
}

/** True when nobody who may not share it holds the requested IP. */
function mayHave({ was, otherHolders }: Facts, ip: IpAddress): boolean {
  return (otherHolders.get(ip) ?? []).every(({ service }) => mayShare(was.sharing, service.sharing));
}

/** Nobody loses an IP to a Service that has only claimed it: its write may never be stored. */
function assignedTo(others: Facts['otherHolders'], ip: IpAddress): readonly Holding[] {
  return (others.get(ip) ?? []).filter(({ state }) => state === 'assigned');
}

const ORDER = Object.keys(CHECKS) as readonly ReleaseReason[];

/** Why `ip` may leave the Service; undefined when nothing on the closed list says so. */
export function releaseReason(facts: Facts, ip: IpAddress): ReleaseReason | undefined {
  return ORDER.find((reason) => CHECKS[reason](facts, ip));
}
