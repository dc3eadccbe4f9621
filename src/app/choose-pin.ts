import type { Wish } from '../core/allocator/allocator.ts';
import { isHolder, isTakeable, type Judged } from '../core/claims/ownership.ts';
import { poolAdmits, poolOf } from '../core/metallb/pool.ts';
import { ipRequestOf } from '../core/metallb/request.ts';
import { familyOf, type IpAddress } from '../core/net/ip.ts';
import { wishAtCreate } from '../core/repair/pin-at-create.ts';
import { nameOf } from '../core/service-ref.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { Claimant } from './claim-keeper.ts';
import type { RepairParts } from './repair-status.ts';

/** How often another IP is tried because the first turned out to be taken. */
const ATTEMPTS = 16;

/** A Service that is to get its first IP. */
export interface Newcomer {
  readonly claimant: Claimant;
  readonly dryRun: boolean;
  readonly budgetMs: number;
}

/** Chooses and claims what a Service without IPs is pinned to: what it had before, or a free IP as MetalLB would. */
export class PinChooser {
  readonly #parts: RepairParts;

  constructor(parts: RepairParts) {
    this.#parts = parts;
  }

  /** @returns IPs that are claimed for the Service; undefined when it is to be left alone, or none could be had */
  async ipsFor({ claimant, dryRun, budgetMs }: Newcomer): Promise<readonly IpAddress[] | undefined> {
    const { state, scope, pin, keeper, clock } = this.#parts;
    const { primaryFamily } = state.ledger;
    const wish = wishAtCreate({ service: claimant.service, primaryFamily, pools: state.pools, scope });
    if (wish === undefined || pin !== 'create') return undefined;
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
      if (dryRun) return ips;
      const trying = { ...claimant, overSticky: among === 'sticky', until };
      const hold = async (ip: IpAddress) => ({ ip, outcome: await keeper.choose(ip, trying) });
      const outcomes = await state.whileInFlight(ips, () => Promise.all(ips.map(hold)));
      const taken = outcomes.filter(({ outcome }) => outcome === 'taken');
      if (taken.length === 0) return ips;
      for (const { ip } of taken) avoid.add(ip);
      const held = outcomes.filter(({ outcome }) => outcome === 'held');
      await Promise.all(held.map(({ ip }) => keeper.letGo(ip, trying)));
    }
    return undefined;
  }

  /** The IPs whose claims still wait for this name, or belonged to this very Service before. */
  #kept(service: ServiceView): readonly IpAddress[] {
    const { state, clock } = this.#parts;
    const name = nameOf(service.ref);
    const counts = ({ holder, standing }: Judged) =>
      isHolder(holder, service) || (standing !== 'stale' && nameOf(holder.service) === name);
    return state.book
      .ofName(name)
      .filter((claim) => state.ownership.judge(claim, clock.now()).some(counts))
      .map(({ ip }) => ip);
  }

  #chosen(among: 'free' | 'sticky', wish: Wish, avoid: ReadonlySet<IpAddress>): readonly IpAddress[] | undefined {
    const { state, clock } = this.#parts;
    return state.chooseAmong(among, { ...wish, avoid }, clock.now())?.ips;
  }

  /** True when the Service may have this IP: in a pool for it (and in the one it asks for), free or kept for its name. */
  mayHave(ip: IpAddress, { service, pool }: Pick<Wish, 'service' | 'pool'>): boolean {
    const { state, clock } = this.#parts;
    const { pools } = state;
    const home = poolOf(pools, ip);
    if (home === undefined || pools.kind === 'unknown' || (pool !== undefined && home.name !== pool)) return false;
    return poolAdmits(home, service, pools.namespaces) && isTakeable(state.ownership, ip, service, clock.now());
  }

  /** True when the pin that a Service brings along may stay: it has none, or MetalLB can give it the IPs. */
  pinFits(service: ServiceView): boolean {
    const request = ipRequestOf(service);
    return request.kind !== 'pin' || request.ips.every((ip) => this.mayHave(ip, { service }));
  }

  /**
   * The IPs that this name had, or those that the manifest's inherited pin names, all of one pool, as long as nobody
   * else has them.
   */
  #remembered(wish: Wish, avoid: ReadonlySet<IpAddress>): readonly IpAddress[] | undefined {
    const { service, families } = wish;
    const request = ipRequestOf(service);
    const had = this.#kept(service);
    const usable = [...had, ...(request.kind === 'pin' ? request.ips : [])].filter(
      (ip) => !avoid.has(ip) && this.mayHave(ip, wish),
    );
    const { pools } = this.#parts.state;
    const [first] = usable;
    const home = first === undefined ? undefined : poolOf(pools, first);
    const found = families.map((family) => usable.find((ip) => familyOf(ip) === family && poolOf(pools, ip) === home));
    return found.every((ip) => ip !== undefined) ? found : undefined;
  }
}
