import type { Facts, Scope } from '../core/facts.ts';
import type { Holding } from '../core/ledger/ledger.ts';
import type { IpAddress } from '../core/net/ip.ts';
import { canonicalSet } from '../core/net/ip.ts';
import type { StatusReview } from '../review/decode.ts';
import type { ClusterState } from './cluster-state.ts';

/** Collects what the core needs to decide one status write. Reads caches only; nothing is fetched. */
export function gather(review: StatusReview, state: ClusterState, scope: Scope, now: number): Facts {
  const { was, becomes } = review;
  const atStake = canonicalSet([...was.assigned, ...becomes.assigned]);
  const otherHolders = new Map<IpAddress, readonly Holding[]>();
  const firstHolderOf: IpAddress[] = [];
  for (const ip of atStake) {
    const holders = state.ledger.holdersOf(ip);
    if (holders[0] === undefined || holders[0].service.ref.uid === was.ref.uid) firstHolderOf.push(ip);
    const others = holders.filter(({ service }) => service.ref.uid !== was.ref.uid);
    if (others.length > 0) otherHolders.set(ip, others);
  }
  return { was, becomes, otherHolders, firstHolderOf, pools: state.pools, scope, now };
}
