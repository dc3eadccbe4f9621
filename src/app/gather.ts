import { isHolder, type Ownership, type Standings } from '../core/claims/ownership.ts';
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
export function gather(review: StatusReview, known: Known): Facts {
  return factsOf(review, lookUp(review, known), known);
}

/** Collects what the core needs to plan the repair of one status write. Reads caches only; nothing is fetched. */
export function gatherForRepair(review: StatusReview, known: Known): RepairFacts {
  const { was } = review;
  const found = lookUp(review, known);
  const sticky = new Map<IpAddress, ServiceRef>();
  const awaited = new Map<IpAddress, ServiceRef>();
  for (const { ip, stickyFor } of found) {
    if (stickyFor !== undefined) sticky.set(ip, stickyFor);
    const waiting = whoAwaits(ip, was, known);
    if (waiting !== undefined) awaited.set(ip, waiting.ref);
  }
  return { ...factsOf(review, found, known), sticky, awaited, claimed: claimedBy(was, known) };
}

/** What is known of one IP at stake. */
type Found = Standings & { readonly ip: IpAddress };

/** The IPs that the Service has, would have, and asks for; each is judged once. */
function lookUp({ was, becomes }: StatusReview, { ownership, now }: Known): readonly Found[] {
  const atStake = canonicalSet([...was.assigned, ...becomes.assigned, ...requested(was)]);
  return atStake.map((ip) => ({ ip, ...ownership.of(ip, was, now) }));
}

function factsOf({ was, becomes }: StatusReview, found: readonly Found[], { pools, scope, now }: Known): Facts {
  const otherHolders = new Map<IpAddress, readonly Holding[]>();
  const rightfulFor: IpAddress[] = [];
  for (const { ip, others, isRightful } of found) {
    if (isRightful) rightfulFor.push(ip);
    if (others.length > 0) otherHolders.set(ip, others);
  }
  return { was, becomes, otherHolders, rightfulFor, pools, scope, now };
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
