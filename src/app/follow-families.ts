import { canonicalSet, type IpAddress } from '../core/net/ip.ts';
import { type FollowedFamilies, followFamilies } from '../core/repair/follow-families.ts';
import type { RequestReview } from '../review/decode.ts';
import type { RepairParts } from './repair-status.ts';

/** How often another IP is tried because the first turned out to be taken. */
const ATTEMPTS = 8;

type Following = Extract<FollowedFamilies, { readonly kind: 'set' }>;

/** An edit of a Service under review. */
export interface FamilyEdit {
  readonly review: RequestReview;
  readonly budgetMs: number;
}

/** Finds the pin that goes with an edit of the families, and claims the IP that comes with it. */
export class FamilyFollower {
  readonly #parts: RepairParts;

  constructor(parts: RepairParts) {
    this.#parts = parts;
  }

  /** @returns undefined when the edit is about something else, or the pool of the IP that stays has none to go with it */
  async ipsFor({ review, budgetMs }: FamilyEdit): Promise<readonly IpAddress[] | undefined> {
    const { state, scope, pin: policy } = this.#parts;
    const dualStack = state.ledger.isDualStack ? true : undefined;
    const following = followFamilies(review.was, review.service, { policy, pools: state.pools, scope, dualStack });
    if (following.kind === 'none') return undefined;
    // MetalLB allocates nothing at all for one pinned IP and two ClusterIPs (0.13–0.16).
    const found = await this.#claim(review, following, budgetMs);
    return found && canonicalSet([...following.kept, ...found]);
  }

  /** @returns an IP of each missing family, claimed for the Service; undefined when the pool has none */
  async #claim(
    review: RequestReview,
    following: Following,
    budgetMs: number,
  ): Promise<readonly IpAddress[] | undefined> {
    const { state, keeper, clock } = this.#parts;
    const { missing: families, pool } = following;
    if (families.length === 0) return [];
    const until = clock.monotonic() + budgetMs;
    const claimant = keeper.claimant(review.was, false, until);
    const avoid = new Set<IpAddress>(state.inFlight);
    for (let attempt = 0; attempt < ATTEMPTS && clock.monotonic() < until; attempt += 1) {
      const wish = { service: review.service, families, preferDualStack: false, pool, avoid };
      const [ip] = state.chooseAmong('free', wish, clock.now())?.ips ?? [];
      if (ip === undefined || review.dryRun) return ip === undefined ? undefined : [ip];
      const outcome = await state.whileInFlight([ip], () => keeper.choose(ip, claimant));
      if (outcome === 'held') return [ip];
      avoid.add(ip);
    }
    return undefined;
  }
}
