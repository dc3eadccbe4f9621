import type { Repaired } from '../core/decision.ts';
import type { IpAddress } from '../core/net/ip.ts';
import { pinStandsInTheWay } from '../core/repair/pin.ts';
import { nameOf } from '../core/service-ref.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { ReviewAnswer } from '../review/admission-types.ts';
import type { RequestReview } from '../review/decode.ts';
import { encodeForeign, encodeRepair } from '../review/encode.ts';
import { annotationPatch } from '../review/json-patch.ts';
import { PinChooser } from './choose-pin.ts';
import { pinAnnotations } from './pin-prefix.ts';
import type { RepairParts } from './repair-status.ts';

/**
 * The mutating hook on edits of Services. A pin that disagrees with what the user now wants goes in the same write. A
 * Service that becomes a LoadBalancer is pinned as at CREATE: to the IP it had if nobody else has it, else to a free one.
 */
export class PinAtUpdate {
  readonly #parts: RepairParts;
  readonly #chooser: PinChooser;

  constructor(parts: RepairParts) {
    this.#parts = parts;
    this.#chooser = new PinChooser(parts);
  }

  async answer(review: RequestReview, budgetMs: number, tell: (decision: Repaired) => void): Promise<ReviewAnswer> {
    const { was, service, patched, uid } = review;
    const existing = patched.annotations ?? {};
    const ips = becomesLoadBalancer(review) ? await this.#ipsFor(review, budgetMs) : undefined;
    if (ips === undefined && !pinStandsInTheWay(was, service)) return encodeForeign(uid);
    const change = ips === undefined ? { kind: 'remove' as const } : { kind: 'set' as const, ips };
    const patch = annotationPatch(patched.annotations, pinAnnotations(change, existing, this.#parts.prefix.current));
    if (patch.length === 0) return encodeForeign(uid);
    const decision = ips === undefined ? unpinned(service) : pinned(service, ips);
    tell(decision);
    return encodeRepair(uid, decision, patch);
  }

  /** The status that a client sends counts for nothing here: what was no LoadBalancer has no IPs. */
  #ipsFor({ was, service, dryRun }: RequestReview, budgetMs: number): Promise<readonly IpAddress[] | undefined> {
    const becoming = { ...service, ref: was.ref, version: was.version, assigned: [] };
    return this.#chooser.ipsFor({ claimant: this.#parts.keeper.claimant(becoming, true), dryRun, budgetMs });
  }
}

function becomesLoadBalancer({ was, service }: RequestReview): boolean {
  return was.type !== 'LoadBalancer' && service.type === 'LoadBalancer' && !was.deleting;
}

function pinned({ ref }: ServiceView, final: readonly IpAddress[]): Repaired {
  const effects = final.map((ip) => ({ kind: 'hold' as const, ip }));
  const message = `Service ${nameOf(ref)} becomes a LoadBalancer and is pinned to ${final.join(',')}.`;
  return { kind: 'repair', reason: 'Pinned', final, holder: undefined, effects, message };
}

function unpinned({ ref, assigned }: ServiceView): Repaired {
  const message = `The pin of Service ${nameOf(ref)} goes: it stood in the way of what is asked for now.`;
  return { kind: 'repair', reason: 'Unpinned', final: assigned, holder: undefined, effects: [], message };
}
