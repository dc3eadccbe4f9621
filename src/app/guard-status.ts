import { decideStatusWrite } from '../core/decide.ts';
import type { Judgement } from '../core/decision.ts';
import type { Facts } from '../core/facts.ts';
import { type IpAddress, without } from '../core/net/ip.ts';
import { nameOf } from '../core/service-ref.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { StatusReview } from '../review/decode.ts';
import type { AdmissionParts } from './admission-parts.ts';
import { confirmHolders } from './confirm-holders.ts';
import { gather } from './gather.ts';

/**
 * How long an allowed write may still be stored: the API server gives up after 60 s (--request-timeout), and the same
 * again is for clocks and queues. Milliseconds.
 */
export const RESERVATION_MS = 120_000;

/** How often a decision is made anew because another replica was faster with a claim. */
const ATTEMPTS = 4;

/** The last word on a status write: `gather → decide → confirm → claim → reserve`. */
export class StatusGuard {
  readonly #parts: AdmissionParts;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /**
   * Decides and reserves in one turn of the event loop, so that two writes in flight cannot both get an IP; the claims
   * make the same true between replicas. When the decision rests on what another Service holds, that Service is read
   * live first: the watch may be behind by a few milliseconds, and a deletion must free the IP at once.
   */
  async decide(review: StatusReview, budgetMs: number): Promise<Judgement> {
    const until = this.#parts.clock.monotonic() + budgetMs;
    for (let attempt = 1; ; attempt += 1) {
      let { decision, restsOn } = this.#judge(review);
      if (restsOn.length > 0) {
        const confirmed = await confirmHolders({ ...this.#parts, ips: restsOn, except: review.was, budgetMs });
        ({ decision, restsOn } = this.#judge(review));
        const [unconfirmed] = decision.kind === 'refuse' ? [] : without(restsOn, [...confirmed]);
        if (unconfirmed !== undefined) return cannotConfirm(review.was, unconfirmed);
      }
      if (decision.kind === 'refuse' || review.dryRun) return decision;
      const held = heldBy(decision);
      if (held.length === 0) return decision;
      this.#reserve(review, held);
      const unclaimed = await this.#claim(review, held, until);
      if (unclaimed === undefined) return decision;
      if (attempt === ATTEMPTS) return cannotClaim(review.was, unclaimed);
    }
  }

  /** The decision as the caches have it, and the IPs for which it rests on what others hold. */
  #judge(review: StatusReview) {
    const facts = this.#facts(review);
    const decision = decideStatusWrite(facts);
    return { decision, restsOn: restsOnOthers(decision, facts) };
  }

  #facts(review: StatusReview): Facts {
    const { state, scope, clock } = this.#parts;
    return gather(review, { ownership: state.ownership, pools: state.pools, scope, now: clock.now() });
  }

  #reserve(review: StatusReview, ips: readonly IpAddress[]): void {
    const { state, clock } = this.#parts;
    state.ledger.reserve(review.was, ips, clock.now() + RESERVATION_MS);
  }

  /** @returns the IP that could not be claimed; most often the caches know by now whose it is, and it is decided anew */
  async #claim({ was }: StatusReview, ips: readonly IpAddress[], until: number): Promise<IpAddress | undefined> {
    const { keeper } = this.#parts;
    if (keeper === undefined) return undefined;
    // Refusing is no way to keep an IP for a name: only a repair can give the writer another one.
    const claimant = keeper.claimant(was, true, until);
    for (const ip of ips) {
      if ((await keeper.hold(ip, claimant)) === 'held') continue;
      this.#parts.state.ledger.unreserve(was.ref.uid, [ip]);
      return ip;
    }
    return undefined;
  }
}

/** The refusal when the caches see no holder and the claim cannot be had all the same. */
function cannotClaim({ ref }: ServiceView, ip: IpAddress): Judgement {
  const message =
    `${ip} could not be claimed for Service ${nameOf(ref)}: the Service does not exist with uid "${ref.uid}", or it has ` +
    'another claim that waits to be confirmed, or other writers keep changing the claim. Try again in two minutes.';
  return { kind: 'refuse', violations: [{ reason: 'Unclaimed', ip, holder: undefined, message }] };
}

/** The refusal when a write would be right only if the caches are right about others, who could not be read. */
function cannotConfirm({ ref }: ServiceView, ip: IpAddress): Judgement {
  const message =
    `Who else holds ${ip} could not be read from the API server in time, so that Service ${nameOf(ref)} can neither ` +
    'share it nor give it up now. Try again.';
  return { kind: 'refuse', violations: [{ reason: 'Unclaimed', ip, holder: undefined, message }] };
}

/** The guarded IPs that a decision gives to the Service. */
function heldBy(decision: Judgement): readonly IpAddress[] {
  if (decision.kind === 'refuse' || decision.reason === 'NotGuarded') return [];
  return decision.effects.flatMap((effect) => (effect.kind === 'hold' ? [effect.ip] : []));
}

/** The IPs for which a decision is only right if the caches are right about other Services. */
function restsOnOthers(decision: Judgement, { was, otherHolders }: Facts): readonly IpAddress[] {
  if (otherHolders.size === 0) return [];
  if (decision.kind === 'refuse') {
    return decision.violations.flatMap(({ reason, ip }) => (reason === 'Theft' && ip !== undefined ? [ip] : []));
  }
  const given = decision.effects.filter(
    (effect) =>
      effect.kind === 'release' && (effect.because === 'DuplicateResolved' || effect.because === 'SharingBroken'),
  );
  const shared = heldBy(decision).filter((ip) => otherHolders.has(ip));
  return [...given.map(({ ip }) => ip).filter((ip) => was.assigned.includes(ip)), ...shared];
}
