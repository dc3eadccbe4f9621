import { standsPinned } from '../core/claims/standing.ts';
import type { Repaired } from '../core/decision.ts';
import { POOL_NOTES } from '../core/metallb/annotations.ts';
import { type IpAddress, without } from '../core/net/ip.ts';
import { describeRepair } from '../core/repair/describe.ts';
import { type Choose, planRepair, type RepairPlan } from '../core/repair/plan.ts';
import { unmetWish } from '../core/repair/unmet.ts';
import { thiefsVictim } from '../core/rules/no-duplicate.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { ReviewAnswer } from '../review/admission-types.ts';
import type { StatusReview } from '../review/decode.ts';
import { encodeForeign, encodeRepair } from '../review/encode.ts';
import { type AnnotationChanges, annotationPatch, type PatchOperation, statusPatch } from '../review/json-patch.ts';
import type { AdmissionParts } from './admission-parts.ts';
import type { ClaimKeeper } from './claim-keeper.ts';
import { confirmHolders } from './confirm-holders.ts';
import { gather, gatherForRepair, type Known } from './gather.ts';
import { RESERVATION_MS } from './guard-status.ts';
import { type PinPrefix, pinAnnotations } from './pin-prefix.ts';
import type { RepeatedRestores } from './repeated-restores.ts';
import { StuckPins } from './stuck-pins.ts';

/** What a repair works with beside the parts of admission. */
export interface RepairParts extends AdmissionParts {
  readonly keeper: ClaimKeeper;
  readonly prefix: PinPrefix;
  readonly restores: RepeatedRestores;
}

/** A repair, and how the object has to be patched for it. */
interface Answered {
  readonly decision: Repaired;
  readonly patch: readonly PatchOperation[];
}

/** How often a plan is made anew because an IP turned out to be taken. */
const ATTEMPTS = 16;

/** The mutating hook on MetalLB's status writes: redirects thefts, restores moves, keeps pins true. */
export class StatusRepair {
  readonly #parts: RepairParts;

  readonly #stuck: StuckPins;

  constructor(parts: RepairParts) {
    this.#parts = parts;
    this.#stuck = new StuckPins(parts.clock);
  }

  /** Answers one review. What is not repaired passes unchanged: the validating hook has the last word. */
  async answer(review: StatusReview, budgetMs: number, tell: (decision: Repaired) => void): Promise<ReviewAnswer> {
    const plan = await this.#plan(review, budgetMs);
    if (plan === undefined) {
      if (!review.dryRun) this.#endStuckPins(review);
      return encodeForeign(review.uid);
    }
    const { decision, patch } = this.#carryOut(review, plan);
    if (patch.length === 0) return encodeForeign(review.uid);
    tell(decision);
    if (decision.holder !== undefined && !review.dryRun) this.#parts.nudges?.expect(decision.holder.uid);
    return encodeRepair(review.uid, decision, patch);
  }

  /** A plan whose IPs are claimed, or undefined. */
  async #plan(review: StatusReview, budgetMs: number): Promise<RepairPlan | undefined> {
    const { keeper } = this.#parts;
    const until = this.#parts.clock.monotonic() + budgetMs;
    await this.#confirm(review, budgetMs);
    const avoid = new Set<IpAddress>();
    for (let attempt = 0; attempt < ATTEMPTS && this.#parts.clock.monotonic() < until; attempt += 1) {
      const plan = this.#planNow(review, avoid);
      if (plan === undefined || review.dryRun) return plan;
      const gains = gainsOf(plan);
      this.#reserve(review, gains);
      const claimant = keeper.claimant(review.was, true, until);
      const outcomes = await Promise.all(gains.map(async (ip) => ({ ip, outcome: await keeper.choose(ip, claimant) })));
      const taken = outcomes.filter(({ outcome }) => outcome === 'taken');
      if (taken.length === 0) return plan;
      this.#unreserve(
        review,
        taken.map(({ ip }) => ip),
      );
      for (const { ip } of taken) avoid.add(ip);
    }
    return undefined;
  }

  /** Nothing legal can be made of the write: if only a pin stands in its way, the pin goes after a while. */
  #endStuckPins(review: StatusReview): void {
    const facts = gather(review, this.#known());
    const { nudges } = this.#parts;
    for (const ip of without(review.becomes.assigned, review.was.assigned)) {
      const victim = thiefsVictim(facts, ip)?.service;
      if (victim === undefined || !standsPinned(victim)) continue;
      const { uid } = victim.ref;
      // Just created, and not seen by the watch yet: all of these would be counted as one.
      if (uid === '') continue;
      if (!this.#stuck.refusedBecauseOf(uid)) continue;
      void nudges?.unpin(uid).then((isGone) => isGone || this.#stuck.couldNotGo(uid));
    }
  }

  /** Before an IP is called stolen, shared or lost for a reason that rests on others, the others are read live. */
  async #confirm(review: StatusReview, budgetMs: number): Promise<void> {
    const facts = gather(review, this.#known());
    const { was, becomes } = review;
    const changed = [...without(becomes.assigned, was.assigned), ...without(was.assigned, becomes.assigned)];
    const ips = changed.filter((ip) => facts.otherHolders.has(ip));
    if (ips.length > 0) await confirmHolders({ ...this.#parts, ips, except: was, budgetMs: budgetMs / 2 });
  }

  #known(): Known {
    const { state, scope, clock } = this.#parts;
    return { ownership: state.ownership, pools: state.pools, scope, now: clock.now() };
  }

  #planNow(review: StatusReview, avoid: ReadonlySet<IpAddress>): RepairPlan | undefined {
    const { state, pin } = this.#parts;
    const known = this.#known();
    const choose: Choose = (wish, among) => state.chooseAmong(among, { ...wish, avoid }, known.now);
    return planRepair(gatherForRepair(review, known), choose, pin);
  }

  #reserve({ was }: StatusReview, ips: readonly IpAddress[]): void {
    const { state, clock } = this.#parts;
    if (ips.length > 0) state.ledger.reserve(was, ips, clock.now() + RESERVATION_MS);
  }

  #unreserve({ was }: StatusReview, ips: readonly IpAddress[]): void {
    this.#parts.state.ledger.unreserve(was.ref.uid, ips);
  }

  #carryOut(review: StatusReview, plan: RepairPlan): Answered {
    const { prefix, restores, clock, state } = this.#parts;
    const { was, becomes } = review;
    const patched = review.patched();
    // metallb.io is written from 0.14.9 on.
    const occasion = { pools: state.pools, oneFamilyIsEnough: prefix.current === 'metallb.io' };
    const unmet = unmetWish(was, plan.final, occasion);
    const changed = plan.steps.length > 0;
    if (unmet !== undefined && changed && !review.dryRun)
      state.memory.keeps(was, without(becomes.assigned, plan.final), clock.now());
    const pinned = pinAnnotations(plan.pin, patched.annotations ?? {}, prefix.current);
    const visible = Object.keys(pinned).length > 0 || plan.final.join() !== was.assigned.join();
    // Whoever asks in vain is cleared again at each look of MetalLB's: waking it up would only cost one more.
    const restored = plan.steps.some(({ kind }) => kind === 'restore');
    const marked = restored && !visible && unmet === undefined && !plan.quiet && !review.dryRun;
    const mark = marked ? restores.mark(was.ref.uid, clock.now()) : {};
    const patch = [
      ...annotationPatch(patched.annotations, { ...poolNotes(was, plan), ...pinned, ...mark }),
      ...(changed && plan.final.join() !== becomes.assigned.join() ? statusPatch(plan.final, patched) : []),
    ];
    return { decision: describeRepair(was, plan, unmet), patch };
  }
}

/**
 * A Service that keeps its IPs keeps MetalLB's note of their pool as well. Two controllers, one of which clears what the
 * other one writes, would otherwise change the note to and fro, and wake each other up for ever.
 */
function poolNotes({ annotations, assigned }: ServiceView, { steps, final }: RepairPlan): AnnotationChanges {
  if (steps.length === 0 || final.join() !== assigned.join()) return {};
  return Object.fromEntries(POOL_NOTES.map((key) => [key, annotations[key]]));
}

function gainsOf(plan: RepairPlan): readonly IpAddress[] {
  return plan.effects.flatMap((effect) => (effect.kind === 'hold' ? [effect.ip] : []));
}
