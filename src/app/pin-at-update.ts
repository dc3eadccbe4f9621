import type { Repaired } from '../core/decision.ts';
import { type IpAddress, without } from '../core/net/ip.ts';
import { pinStandsInTheWay } from '../core/repair/pin.ts';
import { nameOf } from '../core/service-ref.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { ReviewAnswer } from '../review/admission-types.ts';
import type { RequestReview } from '../review/decode.ts';
import { encodeForeign, encodeRepair } from '../review/encode.ts';
import { annotationPatch } from '../review/json-patch.ts';
import { PinChooser } from './choose-pin.ts';
import { FamilyFollower } from './follow-families.ts';
import { pinAnnotations } from './pin-prefix.ts';
import type { RepairParts } from './repair-status.ts';

/**
 * The mutating hook on edits of Services. A pin that disagrees with what the user now wants goes in the same write. A
 * Service that becomes a LoadBalancer is pinned as at CREATE: to the IP it had if nobody else has it, else to a free one. A
 * change of families takes the pin along: the IP that stays must not move.
 */
export class PinAtUpdate {
  readonly #parts: RepairParts;
  readonly #chooser: PinChooser;
  readonly #families: FamilyFollower;

  constructor(parts: RepairParts) {
    this.#parts = parts;
    this.#chooser = new PinChooser(parts);
    this.#families = new FamilyFollower(parts);
  }

  async answer(review: RequestReview, budgetMs: number, tell: (decision: Repaired) => void): Promise<ReviewAnswer> {
    const { was, service, patched, uid } = review;
    const existing = patched.annotations ?? {};
    const ips = await this.#ipsFor(review, budgetMs);
    if (ips === undefined && !pinStandsInTheWay(was, service)) return encodeForeign(uid);
    const change = ips === undefined ? { kind: 'remove' as const } : { kind: 'set' as const, ips };
    const patch = annotationPatch(patched.annotations, pinAnnotations(change, existing, this.#parts.prefix.current));
    if (patch.length === 0) return encodeForeign(uid);
    const decision = ips === undefined ? unpinned(service) : pinned(review, ips);
    tell(decision);
    return encodeRepair(uid, decision, patch);
  }

  /** The status that a client sends counts for nothing here: what was no LoadBalancer has no IPs. */
  #ipsFor(review: RequestReview, budgetMs: number): Promise<readonly IpAddress[] | undefined> {
    if (!becomesLoadBalancer(review)) return this.#families.ipsFor({ review, budgetMs });
    const { was, service, dryRun } = review;
    const becoming = { ...service, ref: was.ref, version: was.version, assigned: [] };
    return this.#chooser.ipsFor({ claimant: this.#parts.keeper.claimant(becoming, true), dryRun, budgetMs });
  }
}

function becomesLoadBalancer({ was, service }: RequestReview): boolean {
  return was.type !== 'LoadBalancer' && service.type === 'LoadBalancer' && !was.deleting;
}

function pinned(review: RequestReview, final: readonly IpAddress[]): Repaired {
  const { was, service } = review;
  const effects = without(final, was.assigned).map((ip) => ({ kind: 'hold' as const, ip }));
  const because = becomesLoadBalancer(review)
    ? 'it becomes a LoadBalancer'
    : 'its families change, and what stays must not move';
  const message = `Service ${nameOf(service.ref)} is pinned to ${final.join(',')}: ${because}.`;
  return { kind: 'repair', reason: 'Pinned', final, holder: undefined, effects, message };
}

function unpinned({ ref, assigned }: ServiceView): Repaired {
  const message = `The pin of Service ${nameOf(ref)} goes: it stood in the way of what is asked for now.`;
  return { kind: 'repair', reason: 'Unpinned', final: assigned, holder: undefined, effects: [], message };
}
