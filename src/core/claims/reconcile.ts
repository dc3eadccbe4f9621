import type { Scope } from '../facts.ts';
import type { Pools } from '../metallb/pool.ts';
import { mayShare } from '../metallb/sharing.ts';
import type { IpAddress } from '../net/ip.ts';
import { isGuardedClass, isGuardedIp } from '../scope.ts';
import type { ServiceView } from '../service-view.ts';
import { holderFor, newClaim, withHolders } from './changes.ts';
import type { Claim, ClaimHolder } from './claim.ts';
import type { Judged, Ownership } from './ownership.ts';

/**
 * What has to be done to one claim so that it says what is true. The truth table:
 *
 * | the statuses say | the claim says | to do |
 * | --- | --- | --- |
 * | A has it | nothing | create for A (*adopt*); for all that may share with A |
 * | A has it | A | nothing |
 * | A has it | B, who holds it too | nothing: B is rightful, A is a duplicate |
 * | A has it | B, stale or sticky | update: A |
 * | nobody | A, pending or pinned | nothing |
 * | nobody | A, gone | update: sticky from now on; without stickiness delete |
 * | nobody | A, stale or no longer sticky | delete |
 * | A is there, found by its review | A, being created | update: A by uid (*bind*) |
 */
export type ClaimAction =
  | { readonly kind: 'create'; readonly claim: Claim }
  | { readonly kind: 'update'; readonly claim: Claim }
  | { readonly kind: 'remove'; readonly claim: Claim };

/** The world in which a claim is reconciled. */
export interface Reconciled {
  readonly ownership: Ownership;
  readonly pools: Pools;
  readonly scope: Scope;
  /** Epoch ms. */
  readonly now: number;
}

/** See {@link ClaimAction}. @returns undefined when the claim is right */
export function reconcileClaim(ip: IpAddress, world: Reconciled): ClaimAction | undefined {
  const claim = world.ownership.book.get(ip);
  const assigned = assignedTo(ip, world);
  return claim === undefined ? adopt(ip, assigned, world) : correct(claim, assigned, world);
}

/** The guarded Services that have `ip` in their status, the rightful one first. */
function assignedTo(ip: IpAddress, { ownership, pools, scope }: Reconciled): readonly ServiceView[] {
  if (!isGuardedIp(ip, pools)) return [];
  return ownership.ledger
    .holdersOf(ip)
    .filter(({ service, state }) => state === 'assigned' && isGuardedClass(service, scope))
    .map(({ service }) => service);
}

function adopt(ip: IpAddress, assigned: readonly ServiceView[], { now }: Reconciled): ClaimAction | undefined {
  const [first, ...others] = assigned;
  if (first === undefined) return undefined;
  const sharing = [first];
  for (const other of others) if (sharing.every((one) => mayShare(one.sharing, other.sharing))) sharing.push(other);
  const holders = sharing.map((service) => holderFor(service, now));
  return { kind: 'create', claim: { ...newClaim(ip, holderFor(first, now), first.sharing.key), holders } };
}

function correct(claim: Claim, assigned: readonly ServiceView[], world: Reconciled): ClaimAction | undefined {
  const { ownership, now } = world;
  const judged = ownership.judge(claim, now);
  const kept = judged.filter(({ standing }) => standing === 'held' || standing === 'pending' || standing === 'unknown');
  const known = new Set(kept.map(({ holder, view }) => view?.ref.uid ?? holder.service.uid));
  const missing = assigned.filter((service) => !known.has(service.ref.uid) && fits(service, kept));
  const leaving = judged.filter(
    ({ standing }) => standing === 'stale' || (standing === 'sticky' && missing.length > 0),
  );
  const staying = judged.filter((one) => !leaving.includes(one)).map((one) => upToDate(one, now));
  const holders = [...staying, ...missing.map((service) => holderFor(service, now))];
  if (holders.length === 0) return { kind: 'remove', claim };
  const changed = holders.length !== claim.holders.length || holders.some((holder) => !claim.holders.includes(holder));
  return changed ? { kind: 'update', claim: withHolders(claim, { holders, leaving, now }) } : undefined;
}

function fits(service: ServiceView, kept: readonly Judged[]): boolean {
  return kept.every(({ view }) => view !== undefined && mayShare(view.sharing, service.sharing));
}

/** The holder as it should be written: bound to the Service that its review created, or marked as gone. */
function upToDate({ holder, standing, view }: Judged, now: number): ClaimHolder {
  if (standing === 'sticky' && holder.goneSince === undefined) return { ...holder, goneSince: now };
  if (holder.service.uid === '' && view !== undefined) return { ...holder, service: view.ref, basis: view.version };
  return holder;
}
