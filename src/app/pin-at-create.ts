import type { Repaired } from '../core/decision.ts';
import { CLAIM_ANNOTATION } from '../core/metallb/annotations.ts';
import type { IpAddress } from '../core/net/ip.ts';
import { nameOf } from '../core/service-ref.ts';
import type { ReviewAnswer } from '../review/admission-types.ts';
import type { CreateReview } from '../review/decode.ts';
import { encodeForeign, encodeRepair } from '../review/encode.ts';
import { annotationPatch } from '../review/json-patch.ts';
import { PinChooser } from './choose-pin.ts';
import type { Claimant } from './claim-keeper.ts';
import { pinAnnotations } from './pin-prefix.ts';
import type { RepairParts } from './repair-status.ts';

/**
 * How many claims may wait for Services that were not seen yet: the hook cannot check that such a Service will ever
 * exist, and nobody must drain a pool with forged reviews. They end after the grace.
 */
const MOST_AWAITED = 512;

/** The mutating hook on new Services: chooses a free IP as MetalLB would, claims it, and writes it as a pin. */
export class PinAtCreate {
  readonly #parts: RepairParts;
  readonly #chooser: PinChooser;

  constructor(parts: RepairParts) {
    this.#parts = parts;
    this.#chooser = new PinChooser(parts);
  }

  /** Answers one review. A Service that cannot be pinned is left alone: MetalLB will choose, and the status is guarded. */
  async answer(review: CreateReview, budgetMs: number, tell: (decision: Repaired) => void): Promise<ReviewAnswer> {
    const { prefix } = this.#parts;
    const { annotations } = review.patched;
    const ips = await this.#ipsFor(review, budgetMs);
    const change = ips === undefined ? this.#inheritedPin(review) : { kind: 'set' as const, ips };
    const claim = ips === undefined ? {} : { [CLAIM_ANNOTATION]: review.uid };
    const patch = annotationPatch(annotations, {
      ...pinAnnotations(change, annotations ?? {}, prefix.current),
      ...claim,
    });
    if (patch.length === 0) return encodeForeign(review.uid);
    const decision = described(review, ips ?? []);
    tell(decision);
    return encodeRepair(review.uid, decision, patch);
  }

  async #ipsFor(review: CreateReview, budgetMs: number): Promise<readonly IpAddress[] | undefined> {
    const { state, clock } = this.#parts;
    if (state.ownership.awaitedCount >= MOST_AWAITED) return undefined;
    const claimant = claimantOf(review, clock.now());
    return this.#chooser.ipsFor({ claimant, dryRun: review.dryRun, budgetMs });
  }

  /**
   * A pin that came with a copied manifest, when no IP was claimed for the copy: it may stay if the IP is free, and
   * would otherwise make the copy wait for ever.
   */
  #inheritedPin({ service }: CreateReview): { readonly kind: 'keep' | 'remove' } {
    return { kind: this.#chooser.pinFits(service) ? 'keep' : 'remove' };
  }
}

function described({ service }: CreateReview, final: readonly IpAddress[]): Repaired {
  const effects = final.map((ip) => ({ kind: 'hold' as const, ip }));
  const name = nameOf(service.ref);
  const told = { final, holder: undefined, effects };
  return final.length === 0
    ? {
        ...told,
        kind: 'repair',
        reason: 'Unpinned',
        message: `The pin that new Service ${name} inherited is taken away.`,
      }
    : { ...told, kind: 'repair', reason: 'Pinned', message: `New Service ${name} is pinned to ${final.join(',')}.` };
}

function claimantOf({ service, uid }: CreateReview, now: number): Claimant {
  const holder = { service: { ...service.ref, uid: '' }, reviewUid: uid, basis: 0, since: now, goneSince: undefined };
  return { service, holder, overSticky: false };
}
