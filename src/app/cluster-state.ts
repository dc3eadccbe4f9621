import { Allocator, type Choice, type Wish } from '../core/allocator/allocator.ts';
import { ClaimBook } from '../core/claims/claim-book.ts';
import { Ownership } from '../core/claims/ownership.ts';
import { StickyIps } from '../core/claims/pressure.ts';
import type { ClaimTerms } from '../core/claims/standing.ts';
import { Ledger } from '../core/ledger/ledger.ts';
import type { Pool, Pools } from '../core/metallb/pool.ts';
import { mayShare } from '../core/metallb/sharing.ts';
import type { IpAddress } from '../core/net/ip.ts';
import type { ServiceView } from '../core/service-view.ts';
import { MetallbMemory } from './metallb-memory.ts';
import { MissingPools } from './missing-pools.ts';
import type { Clock } from './ports.ts';

/** What holdfast knows of the cluster: Services, claims, pools, labels of namespaces. Written by the watchers. */
export class ClusterState {
  readonly ledger = new Ledger();
  readonly book = new ClaimBook();
  readonly ownership: Ownership;
  readonly allocator: Allocator;
  /** IPs that are being claimed right now: two calls in flight must not try the same one. */
  readonly inFlight = new Set<IpAddress>();
  /** What MetalLB will not give to anybody, as far as this replica has seen. */
  readonly memory = new MetallbMemory((uid) => this.ledger.find(uid));
  readonly #pools = new Map<string, Pool>();
  readonly #missing = new MissingPools();
  readonly #clock: Pick<Clock, 'now'>;
  readonly #namespaces = new Map<string, Readonly<Record<string, string>>>();
  #poolsReadable = false;
  #snapshot: Pools | undefined;
  readonly #sticky: StickyIps;

  constructor(terms: ClaimTerms, clock: Pick<Clock, 'now'>) {
    const { ledger, book } = this;
    this.#clock = clock;
    const ownership = new Ownership(ledger, book, terms);
    this.ownership = ownership;
    this.#sticky = new StickyIps(ownership);
    this.allocator = new Allocator({
      isTaken: (ip) => this.inFlight.has(ip) || ownership.isTaken(ip, clock.now()),
      sharedUnder: (key) => new Set([...ledger.sharedUnder(key), ...book.sharedUnder(key)]),
      mayJoin: (ip, service) => mayJoin(ownership, { ip, service, now: clock.now() }),
    });
    ledger.whenFreed((ip) => this.allocator.freed(ip));
    book.whenDropped((ip) => this.allocator.freed(ip));
    const viewOf = (uid: string) => {
      const view = ledger.find(uid);
      return view === 'gone' ? undefined : view;
    };
    book.shareWith(viewOf);
    // Whichever of the two lists comes second.
    ledger.whenReplaced(() => book.shareWith(viewOf));
  }

  /** MetalLB's first choice among the free IPs; when there is none, the sticky IP that has waited longest. */
  choose(wish: Wish, now: number): Choice | undefined {
    return this.chooseAmong('free', wish, now) ?? this.chooseAmong('sticky', wish, now);
  }

  /**
   * MetalLB's first choice among the free IPs, or that sticky IP which has waited longest. Of the free ones those that
   * MetalLB's memory keeps for somebody else come last.
   */
  chooseAmong(among: 'free' | 'sticky', wish: Wish, now: number): Choice | undefined {
    const { pools } = this;
    if (among === 'sticky') return this.#sticky.oldest(wish, pools, now);
    const kept = this.memory.keptFromOthersThan(wish.service, now);
    const open =
      kept.size === 0
        ? undefined
        : this.allocator.choose({ ...wish, avoid: new Set([...kept, ...(wish.avoid ?? [])]) });
    return open ?? this.allocator.choose(wish);
  }

  /** Runs `claim` while nobody else here tries these IPs. */
  async whileInFlight<T>(ips: readonly IpAddress[], claim: () => Promise<T>): Promise<T> {
    for (const ip of ips) this.inFlight.add(ip);
    try {
      return await claim();
    } finally {
      for (const ip of ips) {
        this.inFlight.delete(ip);
        this.allocator.freed(ip);
      }
    }
  }

  /** The pools as the core wants them; `unknown` while the CRD is absent. The same object until something changes. */
  get pools(): Pools {
    if (this.#snapshot === undefined) {
      this.#snapshot = this.#poolsReadable
        ? {
            kind: 'known',
            pools: [...this.#pools.values()],
            namespaces: new Map(this.#namespaces),
            ...this.#missing.all(),
          }
        : { kind: 'unknown' };
      this.allocator.setPools(this.#snapshot);
    }
    return this.#snapshot;
  }

  /** A complete list of pools; undefined when the CRD does not exist. */
  replacePools(pools: readonly Pool[] | undefined): void {
    this.#poolsReadable = pools !== undefined;
    this.#missing.replaced([...this.#pools.values()], pools ?? [], this.#clock.now());
    this.#pools.clear();
    for (const pool of pools ?? []) this.#pools.set(pool.name, pool);
    this.#snapshot = undefined;
  }

  putPool(pool: Pool): void {
    this.#poolsReadable = true;
    this.#missing.cameBack(pool.name);
    this.#pools.set(pool.name, pool);
    this.#snapshot = undefined;
  }

  removePool(name: string): void {
    const gone = this.#pools.get(name);
    if (gone !== undefined) this.#missing.vanished(gone, this.#clock.now());
    this.#pools.delete(name);
    this.#snapshot = undefined;
  }

  replaceNamespaces(namespaces: readonly NamespaceView[]): void {
    this.#namespaces.clear();
    for (const { name, labels } of namespaces) this.#namespaces.set(name, labels);
    this.#snapshot = undefined;
  }

  putNamespace({ name, labels }: NamespaceView): void {
    this.#namespaces.set(name, labels);
    this.#snapshot = undefined;
  }

  removeNamespace(name: string): void {
    this.#namespaces.delete(name);
    this.#snapshot = undefined;
  }
}

interface Joining {
  readonly ip: IpAddress;
  readonly service: ServiceView;
  /** Epoch ms. */
  readonly now: number;
}

/**
 * True when somebody holds the IP, by status or (a Service that was just pinned) by claim, and all may share it with the
 * Service. An IP that only waits for a name is not joined.
 */
function mayJoin(ownership: Ownership, { ip, service, now }: Joining): boolean {
  const others = ownership.othersHolding(ip, service, now);
  const isHeld = others.length > 0 || ownership.ledger.has(ip);
  return isHeld && others.every((other) => mayShare(other.service.sharing, service.sharing));
}

/** A Namespace, as far as pools look at it. */
export interface NamespaceView {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}
