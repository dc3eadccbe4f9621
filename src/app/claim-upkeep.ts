import type { Claim } from '../core/claims/claim.ts';
import { type ClaimAction, reconcileClaim } from '../core/claims/reconcile.ts';
import type { Scope } from '../core/facts.ts';
import type { Holding } from '../core/ledger/ledger.ts';
import { mayShare } from '../core/metallb/sharing.ts';
import type { IpAddress } from '../core/net/ip.ts';
import type { ServiceRef } from '../core/service-ref.ts';
import type { ClusterState } from './cluster-state.ts';
import type { ClaimStore, Clock, ObjectEvent, ServiceReader } from './ports.ts';
import { upkeepEvents } from './upkeep-events.ts';

/** What a {@link ClaimUpkeep} works with. */
export interface UpkeepParts {
  readonly state: ClusterState;
  readonly store: ClaimStore;
  readonly reader: ServiceReader;
  readonly clock: Clock;
  readonly scope: Scope;
  /** Hears what operators should see on a Service; default: nobody. */
  readonly tell?: (event: ObjectEvent) => void;
}

/** What one pass over all claims did. */
export interface UpkeepReport {
  readonly created: number;
  readonly updated: number;
  readonly removed: number;
  /** IPs that could not be brought in order; they are tried again with the next pass. */
  readonly failed: readonly { readonly ip: IpAddress; readonly error: unknown }[];
}

/** Requests at a time. */
const CONCURRENCY = 16;

/**
 * Keeps claims true: adopts IPs that have none, binds those made at CREATE, marks the sticky ones, removes what nobody
 * holds. Every replica does this; each step names the version it read, so doing it twice does nothing.
 */
export class ClaimUpkeep {
  readonly #parts: UpkeepParts;

  constructor(parts: UpkeepParts) {
    this.#parts = parts;
  }

  /** One pass over every IP that has a claim or a holder. */
  async pass(): Promise<UpkeepReport> {
    const { state } = this.#parts;
    const ips = new Set<IpAddress>(state.ledger.ips());
    for (const { ip } of state.book.all()) ips.add(ip);
    return this.passOver([...ips].filter((ip) => this.#action(ip) !== undefined || this.#namesUnknown(ip)));
  }

  /** Brings these IPs in order. */
  async passOver(ips: readonly IpAddress[]): Promise<UpkeepReport> {
    const done = { create: 0, update: 0, remove: 0 };
    const failed: { ip: IpAddress; error: unknown }[] = [];
    const left = [...ips];
    const work = async (): Promise<void> => {
      for (let ip = left.pop(); ip !== undefined; ip = left.pop()) {
        try {
          const kind = await this.#settle(ip);
          if (kind !== undefined) done[kind] += 1;
        } catch (error) {
          failed.push({ ip, error });
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(CONCURRENCY, ips.length) }, work));
    return { created: done.create, updated: done.update, removed: done.remove, failed };
  }

  /** IPs that Services have which may not share them: said once at start, so that nobody is surprised later. */
  *duplicates(): Generator<readonly [IpAddress, readonly Holding[]]> {
    for (const [ip, holders] of this.#parts.state.ledger.contested()) {
      const legal = holders.every((one, i) =>
        holders.slice(i + 1).every((other) => mayShare(one.service.sharing, other.service.sharing)),
      );
      if (!legal) yield [ip, holders];
    }
  }

  /**
   * The claim is read live before the Services are, and both before anything is written: what the caches suggest is
   * only a reason to look.
   */
  async #settle(ip: IpAddress): Promise<ClaimAction['kind'] | undefined> {
    const suggested = this.#action(ip);
    if (suggested === undefined && !this.#namesUnknown(ip)) return undefined;
    if (suggested?.kind !== 'create') {
      await this.#readClaim(ip);
      await this.#sightHolders(ip);
    }
    const action = this.#action(ip);
    if (action === undefined) return undefined;
    const before = this.#parts.state.book.get(ip);
    if (!(await this.#act(action))) return undefined;
    for (const event of upkeepEvents(action, before)) this.#parts.tell?.(event);
    return action.kind;
  }

  /** True when the claim names a Service that was never seen here: it may have gone before this replica came. */
  #namesUnknown(ip: IpAddress): boolean {
    const { state, clock } = this.#parts;
    const claim = state.book.get(ip);
    return (
      claim !== undefined && state.ownership.judge(claim, clock.now()).some(({ standing }) => standing === 'unknown')
    );
  }

  #action(ip: IpAddress): ClaimAction | undefined {
    const { state, scope, clock } = this.#parts;
    return reconcileClaim(ip, { ownership: state.ownership, pools: state.pools, scope, now: clock.now() });
  }

  /** @returns false when another replica was faster */
  async #act(action: ClaimAction): Promise<boolean> {
    const { store, state } = this.#parts;
    switch (action.kind) {
      case 'create': {
        const stored = await store.create(action.claim);
        if (stored !== 'exists') return this.#noted(stored);
        await this.#readClaim(action.claim.ip);
        return false;
      }
      case 'update': {
        const stored = await store.update(action.claim);
        return stored === 'conflict' || stored === 'gone' ? false : this.#noted(stored);
      }
      case 'remove': {
        const outcome = await store.remove(action.claim);
        if (outcome !== 'conflict') state.book.missing(action.claim);
        return outcome === 'removed';
      }
    }
  }

  #noted(stored: Claim): boolean {
    this.#parts.state.book.put(stored);
    return true;
  }

  async #readClaim(ip: IpAddress): Promise<void> {
    const { book } = this.#parts.state;
    const cached = book.get(ip);
    const found = await this.#parts.store.read(ip);
    if (found !== undefined) book.put(found);
    else if (cached !== undefined) book.missing(cached);
  }

  /** Reads live every holder of the claim that does not plainly have the IP. */
  async #sightHolders(ip: IpAddress): Promise<void> {
    const { state, clock } = this.#parts;
    const claim = state.book.get(ip);
    if (claim === undefined) return;
    const doubtful = state.ownership
      .judge(claim, clock.now())
      .filter(({ holder, standing }) => standing !== 'held' && holder.goneSince === undefined)
      .map(({ holder, view }) => view?.ref ?? holder.service)
      .filter(({ uid }) => uid !== '');
    await Promise.all(doubtful.map((ref) => this.#sight(ref)));
  }

  async #sight(ref: ServiceRef): Promise<void> {
    const { state, reader } = this.#parts;
    const found = await reader.read(ref);
    if (found === 'gone' || found.ref.uid !== ref.uid) state.ledger.remove(ref.uid);
    if (found !== 'gone') state.ledger.upsert(found);
  }
}
