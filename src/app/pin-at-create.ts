import type { Wish } from '../core/allocator/allocator.ts';
import { isTakeable } from '../core/claims/ownership.ts';
import type { Repaired } from '../core/decision.ts';
import { CLAIM_ANNOTATION } from '../core/metallb/annotations.ts';
import { poolAdmits, poolOf } from '../core/metallb/pool.ts';
import { ipRequestOf } from '../core/metallb/request.ts';
import { familyOf, type IpAddress } from '../core/net/ip.ts';
import { wishAtCreate } from '../core/repair/pin-at-create.ts';
import { nameOf } from '../core/service-ref.ts';
import type { ReviewAnswer } from '../review/admission-types.ts';
import type { CreateReview } from '../review/decode.ts';
import { encodeForeign, encodeRepair } from '../review/encode.ts';
import { annotationPatch } from '../review/json-patch.ts';
import type { Claimant } from './claim-keeper.ts';
import { pinAnnotations } from './pin-prefix.ts';
import type { RepairParts } from './repair-status.ts';

/** How often another IP is tried because the first turned out to be taken. */
const ATTEMPTS = 16;

/**
 * How many claims may wait for Services that are only being created: the hook cannot check that such a Service will
 * ever exist, and nobody must drain a pool with forged reviews. They end after the grace.
 */
const MOST_UNBOUND = 512;

/** The mutating hook on new Services: chooses a free IP as MetalLB would, claims it, and writes it as a pin. */
export class PinAtCreate {
  readonly #parts: RepairParts;

  constructor(parts: RepairParts) {
    this.#parts = parts;
  }

  /** Answers one review. A Service that cannot be pinned is left alone: MetalLB will choose, and the status is guarded. */
  async answer(review: CreateReview, budgetMs: number, tell: (decision: Repaired) => void): Promise<ReviewAnswer> {
    const { state, scope, prefix } = this.#parts;
    const { service, patched } = review;
    const { pools } = state;
    const wish = wishAtCreate({ service, primaryFamily: state.ledger.primaryFamily, pools, scope });
    const ips = wish === undefined ? undefined : await this.#claim(review, wish, budgetMs);
    const change = ips === undefined ? inheritedPin(review) : { kind: 'set' as const, ips };
    const annotations = pinAnnotations(change, patched.annotations ?? {}, prefix.current);
    const claim = ips === undefined ? {} : { [CLAIM_ANNOTATION]: review.uid };
    const patch = annotationPatch(patched.annotations, { ...annotations, ...claim });
    if (patch.length === 0) return encodeForeign(review.uid);
    const message = `New Service ${nameOf(service.ref)} is pinned to ${(ips ?? []).join(',') || 'nothing'}.`;
    const final = ips ?? [];
    const effects = final.map((ip) => ({ kind: 'hold' as const, ip }));
    const decision: Repaired = { kind: 'repair', reason: 'Pinned', final, holder: undefined, effects, message };
    tell(decision);
    return encodeRepair(review.uid, decision, patch);
  }

  /** @returns IPs that are claimed for this Service, or undefined when none could be had in time */
  async #claim(review: CreateReview, wish: Wish, budgetMs: number): Promise<readonly IpAddress[] | undefined> {
    const { state, keeper, clock } = this.#parts;
    if (state.book.unboundCount >= MOST_UNBOUND) return undefined;
    const until = clock.monotonic() + budgetMs;
    const claimant = claimantOf(review, clock.now());
    const avoid = new Set<IpAddress>();
    for (let attempt = 0; attempt < ATTEMPTS && clock.monotonic() < until; attempt += 1) {
      const ips = this.#remembered(wish, avoid) ?? state.allocator.choose({ ...wish, avoid })?.ips;
      // One IP where two ClusterIPs will be cannot be pinned: MetalLB would allocate nothing at all (0.13–0.16).
      if (ips?.length !== wish.families.length) return undefined;
      if (review.dryRun) return ips;
      const hold = async (ip: IpAddress) => ({ ip, outcome: await keeper.hold(ip, claimant) });
      const outcomes = await state.whileInFlight(ips, () => Promise.all(ips.map(hold)));
      const taken = outcomes.filter(({ outcome }) => outcome === 'taken');
      if (taken.length === 0) return ips;
      for (const { ip } of taken) avoid.add(ip);
    }
    return undefined;
  }

  /** The IPs that this name had, or that the manifest's inherited pin names, as long as nobody else has them. */
  #remembered({ service, families, pool }: Wish, avoid: ReadonlySet<IpAddress>): readonly IpAddress[] | undefined {
    const { state, clock } = this.#parts;
    const request = ipRequestOf(service);
    const inherited = request.kind === 'pin' ? request.ips : [];
    const had = state.book.ofName(nameOf(service.ref)).map(({ ip }) => ip);
    const now = clock.now();
    const { pools } = state;
    const usable = [...had, ...inherited].filter((ip) => {
      const home = poolOf(pools, ip);
      if (home === undefined || pools.kind === 'unknown' || (pool !== undefined && home.name !== pool)) return false;
      return (
        !avoid.has(ip) && poolAdmits(home, service, pools.namespaces) && isTakeable(state.ownership, ip, service, now)
      );
    });
    const found = families.map((family) => usable.find((ip) => familyOf(ip) === family));
    return found.every((ip) => ip !== undefined) ? found : undefined;
  }
}

function claimantOf({ service, uid }: CreateReview, now: number): Claimant {
  const holder = { service: { ...service.ref, uid: '' }, reviewUid: uid, basis: 0, since: now, goneSince: undefined };
  return { service, holder, overSticky: false };
}

/** A pin that came with a copied manifest and cannot be made true would make the copy wait for ever: it goes. */
function inheritedPin({ service }: CreateReview): { readonly kind: 'keep' | 'remove' } {
  return { kind: ipRequestOf(service).kind === 'pin' ? 'remove' : 'keep' };
}
