import { isHolder, type Ownership } from '../core/claims/ownership.ts';
import { standingOf } from '../core/claims/standing.ts';
import type { Facts, RepairFacts, Scope } from '../core/facts.ts';
import type { Holding } from '../core/ledger/ledger.ts';
import type { Pools } from '../core/metallb/pool.ts';
import { ipRequestOf } from '../core/metallb/request.ts';
import { mayShare } from '../core/metallb/sharing.ts';
import { canonicalSet, type IpAddress } from '../core/net/ip.ts';
import { canHave } from '../core/repair/waits-in-vain.ts';
import { isGuardedClass } from '../core/scope.ts';
import type { ServiceRef } from '../core/service-ref.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { StatusReview } from '../review/decode.ts';

/** What is known of the cluster at the moment of a decision. */
export interface Known {
  readonly ownership: Ownership;
  readonly pools: Pools;
  readonly scope: Scope;
  /** Epoch ms. */
  readonly now: number;
}

/** Collects what the core needs to decide one status write. Reads caches only; nothing is fetched. */
export function gather(review: StatusReview, { ownership, pools, scope, now }: Known): Facts {
  const { was, becomes } = review;
  const otherHolders = new Map<IpAddress, readonly Holding[]>();
  const rightfulFor: IpAddress[] = [];
  for (const ip of atStake(review)) {
    const { others, isRightful } = ownership.of(ip, was, now);
    if (isRightful) rightfulFor.push(ip);
    if (others.length > 0) otherHolders.set(ip, others);
  }
  return { was, becomes, otherHolders, rightfulFor, pools, scope, now };
}

/** Collects what the core needs to plan the repair of one status write. Reads caches only; nothing is fetched. */
export function gatherForRepair(review: StatusReview, known: Known): RepairFacts {
  const { was } = review;
  const sticky = new Map<IpAddress, ServiceRef>();
  const awaited = new Map<IpAddress, ServiceRef>();
  for (const ip of atStake(review)) {
    const stickyFor = known.ownership.stickyFor(ip, was, known.now);
    if (stickyFor !== undefined) sticky.set(ip, stickyFor);
    const waiting = whoAwaits(ip, was, known);
    if (waiting !== undefined) awaited.set(ip, waiting.ref);
  }
  return { ...gather(review, known), sticky, awaited, claimed: claimedBy(was, known) };
}

/** The IPs that the Service has, would have, and asks for. */
function atStake({ was, becomes }: StatusReview): readonly IpAddress[] {
  return canonicalSet([...was.assigned, ...becomes.assigned, ...requested(was)]);
}

/** The oldest other Service whose user requests `ip`, if it could have it, and not beside `self`. */
function whoAwaits(ip: IpAddress, self: ServiceView, { ownership, pools, scope, now }: Known): ServiceView | undefined {
  return ownership.ledger
    .requestersOf(ip)
    .find(
      (other) =>
        other.ref.uid !== self.ref.uid &&
        isGuardedClass(other, scope) &&
        !mayShare(other.sharing, self.sharing) &&
        canHave(other, requested(other), { ownership, pools, now }),
    );
}

/** Whether a request can be met decides whether asking for it may cost the IP that is there. */
function requested(service: ServiceView): readonly IpAddress[] {
  const request = ipRequestOf(service);
  return request.kind === 'ips' ? request.ips : [];
}

/**
 * IPs that a Service has claimed, in time, and does not have yet; none that another has got in spite of that. The Service
 * itself is judged as the review shows it: the watch may be behind, and an IP that just left its status for a reason is
 * claimed no more.
 */
function claimedBy(service: ServiceView, { ownership, now }: Known): readonly IpAddress[] {
  const { book, terms } = ownership;
  return book
    .ofUid(service.ref.uid)
    .filter(({ ip }) => !service.assigned.includes(ip))
    .filter(({ ip }) =>
      ownership.othersHolding(ip, service, now).every((other) => mayShare(service.sharing, other.service.sharing)),
    )
    .filter(({ ip, holders }) =>
      holders.some((holder) => {
        const standing = isHolder(holder, service) && standingOf(holder, ip, service, { now, terms });
        return standing === 'pending' || standing === 'held';
      }),
    )
    .map(({ ip }) => ip);
}
