import { ClaimKeeper } from '../../../src/app/claim-keeper.ts';
import { ClaimUpkeep } from '../../../src/app/claim-upkeep.ts';
import { ClusterState } from '../../../src/app/cluster-state.ts';
import { PoolCheck } from '../../../src/app/pool-check.ts';
import type { Clock, PoolReader, ServiceReader } from '../../../src/app/ports.ts';
import type { Claim } from '../../../src/core/claims/claim.ts';
import type { Pool } from '../../../src/core/metallb/pool.ts';
import type { ServiceView } from '../../../src/core/service-view.ts';
import { serviceToView } from '../../../src/review/service-to-view.ts';
import { ipOf } from '../../gen/claim.ts';
import { pool } from '../../gen/pool.ts';
import type { ServiceJson } from '../../gen/service.ts';
import { RecordingClaims } from './recording-claims.ts';

export const TERMS = { graceMs: 120_000, stickyMs: 3_600_000 } as const;
/** When the tests begin, epoch ms. */
export const START = Date.parse('2026-06-01T00:00:00Z');

/** What all replicas have in common: the API server and the time. */
export class Shared {
  readonly store = new RecordingClaims();
  /** What a live read finds, by name; a name that is not here is gone. */
  readonly live = new Map<string, ServiceView>();
  /** Names that cannot be read now. */
  readonly unreadable = new Set<string>();
  readonly reads: string[] = [];
  /** The pools as they are stored, by name. */
  readonly pools = new Map<string, Pool>();
  arePoolsReadable = true;
  now = START;
  readonly clock: Clock = { now: () => this.now, monotonic: () => this.now };
  readonly poolReader: PoolReader = {
    read: async (name) => {
      if (!this.arePoolsReadable) throw new Error('not allowed');
      return this.pools.get(name) ?? 'gone';
    },
  };
  readonly reader: ServiceReader = {
    read: async ({ name }) => {
      this.reads.push(name);
      if (this.unreadable.has(name)) throw new Error('connection refused');
      return this.live.get(name) ?? 'gone';
    },
  };
}

/** The caches of one replica and what keeps its claims. */
export class Replica {
  readonly shared: Shared;
  readonly state: ClusterState;
  readonly keeper: ClaimKeeper;
  readonly upkeep: ClaimUpkeep;
  readonly unreadPools: string[] = [];

  constructor(shared = new Shared(), terms: { readonly graceMs: number; readonly stickyMs: number } = TERMS) {
    this.shared = shared;
    const { store, reader, clock } = shared;
    this.state = new ClusterState(terms, clock);
    const pools = new PoolCheck({
      state: this.state,
      reader: shared.poolReader,
      onFailure: (name) => this.unreadPools.push(name),
    });
    this.keeper = new ClaimKeeper({ ownership: this.state.ownership, store, reader, clock, pools });
    this.upkeep = new ClaimUpkeep({ state: this.state, store, reader, clock, scope: { classes: [] } });
    this.pools(pool('main', ['192.0.2.0/24', '2001:db8::/64']));
  }

  /** These pools are stored, and no others, and this replica has seen them. */
  pools(...made: readonly Pool[]): this {
    this.poolsUnseen(...made);
    this.state.replacePools(made);
    this.state.replaceNamespaces([{ name: 'default', labels: {} }]);
    return this;
  }

  /** These pools are stored, and no others; this replica has not seen it yet. */
  poolsUnseen(...made: readonly Pool[]): this {
    this.shared.pools.clear();
    for (const each of made) this.shared.pools.set(each.name, each);
    return this;
  }

  /** These are stored, and this replica has seen them. */
  stored(...services: readonly ServiceJson[]): this {
    for (const made of services.map(serviceToView)) {
      this.shared.live.set(made.ref.name, made);
      this.state.ledger.upsert(made);
    }
    return this;
  }

  /** These are stored, and this replica has not seen it yet. */
  unseen(...services: readonly ServiceJson[]): this {
    for (const made of services.map(serviceToView)) this.shared.live.set(made.ref.name, made);
    return this;
  }

  /** Deleted, as the watch of this replica says. */
  deleted(name: string): this {
    const view = this.shared.live.get(name);
    this.shared.live.delete(name);
    this.state.ledger.remove(view?.ref.uid ?? `uid-${name}`);
    return this;
  }

  /** A claim that is stored; this replica has seen it. */
  async claimed(claim: Claim): Promise<Claim> {
    const stored = await this.claimedUnseen(claim);
    this.state.book.put(stored);
    return stored;
  }

  /** A claim that is stored; this replica has not seen it. */
  async claimedUnseen(claim: Claim): Promise<Claim> {
    const stored = await this.shared.store.memory.create(claim);
    if (stored === 'exists') throw new Error(`${claim.ip} is claimed already`);
    return stored;
  }

  /** The stored holders of `ip` as names, those that are gone with `†`, unbound ones with `?`; undefined: no claim. */
  async holders(ip: string): Promise<readonly string[] | undefined> {
    const claim = await this.shared.store.memory.read(ipOf(ip));
    return claim?.holders.map(
      ({ service, goneSince }) =>
        `${service.name}${service.uid === '' ? '?' : ''}${goneSince === undefined ? '' : '†'}`,
    );
  }
}
