import { isHolder, type Ownership } from '../core/claims/ownership.ts';
import type { Facts, Scope } from '../core/facts.ts';
import type { Holding } from '../core/ledger/ledger.ts';
import type { Pools } from '../core/metallb/pool.ts';
import { canonicalSet, type IpAddress } from '../core/net/ip.ts';
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
export function gather({ was, becomes }: StatusReview, known: Known): Facts {
  const { ownership, pools, scope, now } = known;
  const otherHolders = new Map<IpAddress, readonly Holding[]>();
  const sticky = new Map<IpAddress, ServiceRef>();
  const rightfulFor: IpAddress[] = [];
  for (const ip of canonicalSet([...was.assigned, ...becomes.assigned])) {
    if (ownership.isRightful(ip, was, now)) rightfulFor.push(ip);
    const others = ownership.othersHolding(ip, was, now);
    if (others.length > 0) otherHolders.set(ip, others);
    const waitsFor = ownership.stickyFor(ip, was, now);
    if (waitsFor !== undefined) sticky.set(ip, waitsFor);
  }
  return { was, becomes, otherHolders, sticky, rightfulFor, claimed: claimedBy(was, known), pools, scope, now };
}

/** IPs that a Service has claimed, in time, and does not have yet. */
function claimedBy(service: ServiceView, { ownership, now }: Known): readonly IpAddress[] {
  return ownership.book
    .ofUid(service.ref.uid)
    .filter(({ ip }) => !service.assigned.includes(ip))
    .filter((claim) =>
      ownership
        .judge(claim, now)
        .some(({ holder, standing }) => isHolder(holder, service) && (standing === 'pending' || standing === 'held')),
    )
    .map(({ ip }) => ip);
}
