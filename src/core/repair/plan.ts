import type { Choice, Wish } from '../allocator/allocator.ts';
import type { Effect } from '../decision.ts';
import type { Facts, RepairFacts } from '../facts.ts';
import { poolOf } from '../metallb/pool.ts';
import { ipRequestOf, poolRequestOf } from '../metallb/request.ts';
import { canonicalSet, type Family, familyOf, type IpAddress, without } from '../net/ip.ts';
import { thiefsVictim } from '../rules/no-duplicate.ts';
import { releaseReason } from '../rules/release.ts';
import { isGuardedClass, isGuardedIp } from '../scope.ts';
import type { ServiceRef } from '../service-ref.ts';
import { isBeyondMetallb } from './beyond-metallb.ts';
import { type PinChange, type PinPolicy, pinChange } from './pin.ts';
import { unmetWish } from './unmet.ts';

/** One thing a repair does to MetalLB's write. */
export type RepairStep =
  /** The IP that MetalLB chose belongs to `holder`; without one, it lies in a wrong pool or another one was claimed. */
  | {
      readonly kind: 'redirect';
      readonly from: IpAddress;
      readonly to: IpAddress;
      readonly holder: ServiceRef | undefined;
      /** True when `holder` has no more than a request for it. */
      readonly requested?: boolean;
    }
  /** MetalLB takes an IP away without a reason; the Service keeps it. */
  | { readonly kind: 'restore'; readonly ip: IpAddress }
  /** MetalLB offers an IP that the Service cannot have, and there is no other; it stays with what it has. */
  | { readonly kind: 'leave-out'; readonly ip: IpAddress };

/** What shall be stored instead of a write of MetalLB's. Without steps the write is right as it is. */
export interface RepairPlan {
  readonly steps: readonly RepairStep[];
  /** The IPs that the status shall have. */
  readonly final: readonly IpAddress[];
  readonly pin: PinChange;
  /** MetalLB would take these IPs away at every look: telling it of the restore would only make it look again. */
  readonly quiet: boolean;
  /** IPs to be claimed before the answer, and releases with their reasons. */
  readonly effects: readonly Effect[];
}

/**
 * MetalLB's first choice among the free IPs (`free`), or among those that only wait for a name (`sticky`); undefined when
 * there is none.
 */
export type Choose = (wish: Wish, among: 'free' | 'sticky') => Choice | undefined;

/**
 * Plans what to make of a write of MetalLB's: an assigned IP stays unless it has a reason to go (*restore*), and an IP
 * of somebody else becomes a free one (*redirect*), from the same pool if possible.
 * @returns undefined when holdfast has no say, or nothing legal can be made of it: the validating hook decides then
 */
export function planRepair(facts: RepairFacts, choose: Choose, policy: PinPolicy): RepairPlan | undefined {
  const { was, becomes, scope, pools } = facts;
  if (!isGuardedClass(was, scope) || was.type !== 'LoadBalancer') return undefined;
  const kept = was.assigned.filter((ip) => becomes.assigned.includes(ip) || releaseReason(facts, ip) === undefined);
  const keptFamilies = new Set(kept.map(familyOf));
  const offered = without(becomes.assigned, was.assigned).filter((ip) => !keptFamilies.has(familyOf(ip)));
  const strays = offered.filter((ip) => isStray(facts, ip, kept));
  const wrong = offered.filter(
    (ip) =>
      strays.includes(ip) || (isGuardedIp(ip, pools) && (ownerOf(facts, ip) ?? ownClaim(facts, ip)) !== undefined),
  );
  const right = without(offered, wrong);
  const possible = redirect(facts, wrong, { settled: [...kept, ...right], choose });
  const hopeless = wrong.filter((ip) => strays.includes(ip) || isGivenUp(facts, ip) || hasInConflict(facts, ip));
  const redirects = possible ?? (hopeless.length === wrong.length ? [] : undefined);
  if (redirects === undefined) return undefined;
  const leftOut = possible === undefined ? hopeless.map((ip) => ({ kind: 'leave-out' as const, ip })) : [];
  const restored = without(kept, becomes.assigned).map((ip) => ({ kind: 'restore' as const, ip }));
  // Under pressure an IP is its own redirect: MetalLB's choice stands, and there is nothing to tell.
  const steps = [...restored, ...redirects.filter(({ from, to }) => from !== to), ...leftOut];
  const final = canonicalSet([...kept, ...right, ...redirects.map(({ to }) => to)]);
  const quiet = isBeyondMetallb(facts, final);
  return {
    steps,
    final,
    pin: pinChange(was, final, { repaired: steps.length > 0 && !quiet, policy, pools }),
    quiet,
    effects: effects(facts, final),
  };
}

/**
 * MetalLB wants all IPs of a Service in one pool (poolFor, 0.13–0.16) and clears it otherwise: what it offers beside an IP
 * that stays has to come from the same pool, or is left out.
 */
function isStray({ pools }: Facts, ip: IpAddress, [stays]: readonly IpAddress[]): boolean {
  return stays !== undefined && poolOf(pools, ip) !== poolOf(pools, stays);
}

/**
 * The IP belongs to a Service that asks for something else in vain: MetalLB gave it up in its memory, and will offer it
 * again and again. A refusal would be retried for ever, and at a start it would hold up every other Service (0.14+).
 */
function isGivenUp(facts: Facts, ip: IpAddress): boolean {
  const victim = thiefsVictim(facts, ip);
  if (victim?.state !== 'assigned') return false;
  const { service } = victim;
  return unmetWish(service, service.assigned, { pools: facts.pools, oneFamilyIsEnough: true }) !== undefined;
}

/**
 * In place of this IP the Service has one that belongs to others and that it may not share, and has to leave it: it is
 * without an IP then, as it would be if MetalLB knew that nothing is free. A refusal would leave two owners and be
 * retried for ever.
 */
function hasInConflict(facts: Facts, ip: IpAddress): boolean {
  if (requests(facts, ip)) return false;
  return facts.was.assigned.some((own) => {
    const because = familyOf(own) === familyOf(ip) ? releaseReason(facts, own) : undefined;
    return because === 'SharingBroken' || because === 'DuplicateResolved';
  });
}

/** Who has a better right to an IP that this Service does not have yet. */
function ownerOf(facts: RepairFacts, ip: IpAddress): ServiceRef | undefined {
  const victim = thiefsVictim(facts, ip)?.service.ref;
  return victim ?? (requests(facts, ip) ? undefined : (facts.sticky.get(ip) ?? waitsFor(facts, ip)));
}

/** Whose user requests this IP, unless this Service has claimed it: a claim is more than a wish. */
function waitsFor({ claimed, awaited }: RepairFacts, ip: IpAddress): ServiceRef | undefined {
  return claimed.includes(ip) ? undefined : awaited?.get(ip);
}

/**
 * The IP that this Service has claimed already, when MetalLB offers another one of that family: a Service has at most
 * one unconfirmed claim per family, so that nobody can drain a pool.
 */
function ownClaim(facts: RepairFacts, ip: IpAddress): IpAddress | undefined {
  if (facts.claimed.includes(ip) || requests(facts, ip)) return undefined;
  return facts.claimed.find((one) => familyOf(one) === familyOf(ip));
}

function requests({ was }: Facts, ip: IpAddress): boolean {
  const request = ipRequestOf(was);
  return request.kind === 'ips' && request.ips.includes(ip);
}

type Redirect = Extract<RepairStep, { kind: 'redirect' }>;

interface Surroundings {
  /** IPs that the Service will have anyway: MetalLB wants all of them in one pool. */
  readonly settled: readonly IpAddress[];
  readonly choose: Choose;
}

/** @returns undefined when one cannot be redirected: the user asked for it, or nothing is free */
function redirect(
  facts: RepairFacts,
  wrong: readonly IpAddress[],
  around: Surroundings,
): readonly Redirect[] | undefined {
  if (wrong.length === 0) return [];
  if (wrong.some((ip) => requests(facts, ip))) return undefined;
  const families = [...new Set(wrong.map(familyOf))];
  const own = claimedBefore(facts, around);
  const missing = families.filter((family) => !own.some((ip) => familyOf(ip) === family));
  const settled = [...around.settled, ...own];
  const free = missing.length === 0 ? own : [...own, ...(chosen(facts, missing, wrong, { ...around, settled }) ?? [])];
  const redirects = wrong.flatMap((from) => {
    const to = free.find((ip) => familyOf(ip) === familyOf(from)) ?? underPressure(facts, from);
    const step = { kind: 'redirect' as const, from, to: to ?? from, holder: ownerOf(facts, from) };
    const requested = thiefsVictim(facts, from) === undefined && !facts.sticky.has(from) && step.holder !== undefined;
    return to === undefined ? [] : [requested ? { ...step, requested } : step];
  });
  return redirects.length === wrong.length ? redirects : undefined;
}

/** What an earlier attempt of the same write has claimed is used first: a Service needs no second IP. */
function claimedBefore({ claimed, pools }: RepairFacts, { settled }: Surroundings): readonly IpAddress[] {
  const anchor = settled[0] ?? claimed[0];
  const pool = anchor === undefined ? undefined : poolOf(pools, anchor)?.name;
  return claimed.filter((ip) => poolOf(pools, ip)?.name === pool);
}

/** What is free goes before what waits for a name, in whatever pool; MetalLB's own pool goes first in both. */
function chosen(
  { was, pools }: Facts,
  families: readonly Family[],
  wrong: readonly IpAddress[],
  { settled, choose }: Surroundings,
): readonly IpAddress[] | undefined {
  const anchor = settled[0] ?? wrong[0];
  const pool = anchor === undefined ? undefined : poolOf(pools, anchor)?.name;
  const wish = { service: was, families, preferDualStack: false };
  const bound = settled.length > 0 || poolRequestOf(was) !== undefined;
  const wishes = [...(pool === undefined ? [] : [{ ...wish, pool }]), ...(bound ? [] : [wish])];
  for (const among of ['free', 'sticky'] as const) {
    for (const one of wishes) {
      const choice = choose(one, among);
      if (choice !== undefined) return choice.ips;
    }
  }
  return undefined;
}

/** Nothing is free: an IP that only waits for a name, or is only requested, is given up. */
function underPressure(facts: RepairFacts, ip: IpAddress): IpAddress | undefined {
  return thiefsVictim(facts, ip) === undefined && ownerOf(facts, ip) !== undefined ? ip : undefined;
}

function effects(facts: Facts, final: readonly IpAddress[]): readonly Effect[] {
  const { assigned } = facts.was;
  const gained = without(final, assigned).filter((ip) => isGuardedIp(ip, facts.pools));
  const releases = without(assigned, final).flatMap((ip) => {
    const because = releaseReason(facts, ip);
    return because === undefined ? [] : [{ kind: 'release' as const, ip, because }];
  });
  return [...releases, ...gained.map((ip) => ({ kind: 'hold' as const, ip }))];
}
