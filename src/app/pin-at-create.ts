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

  /** @returns IPs that are claimed for the new Service; undefined when it is to be left alone, or none could be had */
  async #ipsFor(review: CreateReview, budgetMs: number): Promise<readonly IpAddress[] | undefined> {
    const { state, scope, pin } = this.#parts;
    if (pin !== 'create' || state.book.unboundCount >= MOST_UNBOUND) return undefined;
    const { primaryFamily } = state.ledger;
    const wish = wishAtCreate({ service: review.service, primaryFamily, pools: state.pools, scope });
    return wish === undefined ? undefined : this.#claim(review, wish, budgetMs);
  }

  async #claim(review: CreateReview, wish: Wish, budgetMs: number): Promise<readonly IpAddress[] | undefined> {
    const { state, keeper, clock } = this.#parts;
    const until = clock.monotonic() + budgetMs;
    const tried = { free: new Set<IpAddress>(state.inFlight), sticky: new Set<IpAddress>(state.inFlight) };
    for (let attempt = 0; attempt < ATTEMPTS && clock.monotonic() < until; attempt += 1) {
      const own = this.#remembered(wish, tried.free) ?? this.#chosen('free', wish, tried.free);
      // Another replica may know better what is free: an IP that waits for a name is taken only if nothing else is left.
      const among = own === undefined ? ('sticky' as const) : ('free' as const);
      const avoid = tried[among];
      const ips = own ?? this.#chosen(among, wish, avoid);
      // One IP where two ClusterIPs will be cannot be pinned: MetalLB would allocate nothing at all (0.13–0.16).
      if (ips?.length !== wish.families.length) return undefined;
      if (review.dryRun) return ips;
      const claimant = claimantOf(review, { now: clock.now(), overSticky: among === 'sticky' });
      const hold = async (ip: IpAddress) => ({ ip, outcome: await keeper.hold(ip, claimant) });
      const outcomes = await state.whileInFlight(ips, () => Promise.all(ips.map(hold)));
      const taken = outcomes.filter(({ outcome }) => outcome === 'taken');
      if (taken.length === 0) return ips;
      for (const { ip } of taken) avoid.add(ip);
      const held = outcomes.filter(({ outcome }) => outcome === 'held');
      await Promise.all(held.map(({ ip }) => keeper.letGo(ip, claimant)));
    }
    return undefined;
  }

  #chosen(among: 'free' | 'sticky', wish: Wish, avoid: ReadonlySet<IpAddress>): readonly IpAddress[] | undefined {
    const { state, clock } = this.#parts;
    return state.chooseAmong(among, { ...wish, avoid }, clock.now())?.ips;
  }

  /**
   * The IPs that this name had, or those that the manifest's inherited pin names, all of one pool, as long as nobody
   * else has them.
   */
  #remembered(wish: Wish, avoid: ReadonlySet<IpAddress>): readonly IpAddress[] | undefined {
    const { service, families } = wish;
    const request = ipRequestOf(service);
    const had = this.#parts.state.book.ofName(nameOf(service.ref)).map(({ ip }) => ip);
    const usable = [...had, ...(request.kind === 'pin' ? request.ips : [])].filter(
      (ip) => !avoid.has(ip) && this.#mayHave(ip, wish),
    );
    const { pools } = this.#parts.state;
    const [first] = usable;
    const home = first === undefined ? undefined : poolOf(pools, first);
    const found = families.map((family) => usable.find((ip) => familyOf(ip) === family && poolOf(pools, ip) === home));
    return found.every((ip) => ip !== undefined) ? found : undefined;
  }

  #mayHave(ip: IpAddress, { service, pool }: Pick<Wish, 'service' | 'pool'>): boolean {
    const { state, clock } = this.#parts;
    const { pools } = state;
    const home = poolOf(pools, ip);
    if (home === undefined || pools.kind === 'unknown' || (pool !== undefined && home.name !== pool)) return false;
    return poolAdmits(home, service, pools.namespaces) && isTakeable(state.ownership, ip, service, clock.now());
  }

  /**
   * A pin that came with a copied manifest, when no IP was claimed for the copy: it may stay if the IP is free, and
   * would otherwise make the copy wait for ever.
   */
  #inheritedPin({ service }: CreateReview): { readonly kind: 'keep' | 'remove' } {
    const request = ipRequestOf(service);
    const fits = request.kind !== 'pin' || request.ips.every((ip) => this.#mayHave(ip, { service }));
    return { kind: fits ? 'keep' : 'remove' };
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

function claimantOf(
  { service, uid }: CreateReview,
  { now, overSticky }: { readonly now: number; readonly overSticky: boolean },
): Claimant {
  const holder = { service: { ...service.ref, uid: '' }, reviewUid: uid, basis: 0, since: now, goneSince: undefined };
  return { service, holder, overSticky };
}
