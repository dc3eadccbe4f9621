import { Admission } from '../../../src/app/admission.ts';
import { ClaimKeeper } from '../../../src/app/claim-keeper.ts';
import { ClaimUpkeep } from '../../../src/app/claim-upkeep.ts';
import { ClusterState } from '../../../src/app/cluster-state.ts';
import type { ClaimStore, DecisionSink, ServiceReader } from '../../../src/app/ports.ts';
import { Readiness } from '../../../src/app/readiness.ts';
import type { ClaimTerms } from '../../../src/core/claims/standing.ts';
import { standsPinned } from '../../../src/core/claims/standing.ts';
import type { Pool } from '../../../src/core/metallb/pool.ts';
import type { Hook, ReviewAnswer } from '../../../src/review/admission-types.ts';
import { objectAt } from '../../../src/review/json.ts';
import { type ApiServer, type Backend, METALLB } from './api-server.ts';
import { claimsOver, type Fault, type Line, readerOver, withinDryRun } from './ports.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimClock } from './sim-clock.ts';
import { viewOf } from './sim-service.ts';
import { claimTarget, SimWatch } from './watches.ts';

/** What a replica is made with. */
export interface ReplicaParts {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly clock: SimClock;
  readonly server: ApiServer;
  readonly pools: readonly Pool[];
  readonly terms: ClaimTerms;
  /** Breaks the protocol on purpose. */
  readonly sabotage: Sabotage;
  readonly onViolation: (what: string) => void;
}

/** Test doubles that break one rule of the protocol each; the default breaks none. */
export interface Sabotage {
  readonly reader?: (real: ServiceReader, state: ClusterState) => ServiceReader;
  readonly store?: (real: ClaimStore, line: Line) => ClaimStore;
  readonly keeper?: (real: ClaimKeeper, state: ClusterState) => ClaimKeeper;
  readonly terms?: (real: ClaimTerms) => ClaimTerms;
}

const SCOPE = { classes: [] };

/** One replica of holdfast: the real use cases over the simulated API server. */
export class Replica implements Backend, Line {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly clock: SimClock;
  readonly cluster;
  readonly faults: Fault[] = [];
  readonly onViolation: (what: string) => void;
  readonly state: ClusterState;
  readonly services;
  readonly #claims;
  readonly #server: ApiServer;
  readonly #readiness = new Readiness(['services', 'pools', 'namespaces', 'claims', 'adoption']);
  readonly #upkeep: ClaimUpkeep;
  readonly #admission: Admission;
  readonly #death = Promise.withResolvers<never>();
  #alive = true;
  #busy = false;

  constructor({ name, scheduler, clock, server, pools, terms, sabotage, onViolation }: ReplicaParts) {
    [this.name, this.scheduler, this.clock, this.onViolation] = [name, scheduler, clock, onViolation];
    [this.#server, this.cluster] = [server, server.cluster];
    this.#death.promise.catch(() => {});
    const state = new ClusterState(sabotage.terms?.(terms) ?? terms, clock);
    this.state = state;
    const [liveReader, liveStore] = [readerOver(this), claimsOver(this)];
    const reader = sabotage.reader?.(liveReader, state) ?? liveReader;
    const store = sabotage.store?.(liveStore, this) ?? liveStore;
    const real = new ClaimKeeper({ ownership: state.ownership, store, reader, clock });
    const keeper = sabotage.keeper?.(real, state) ?? real;
    this.#upkeep = new ClaimUpkeep({ state, store, reader, clock, scope: SCOPE });
    this.#admission = new Admission({
      ...{ state, reader, store, keeper, clock, scope: SCOPE, readiness: this.#readiness },
      ...{ mode: 'repair', pin: 'create', metallbUsers: [METALLB], nudges: undefined, sink: this.#sink() },
    });
    this.services = new SimWatch(
      this,
      { kind: 'services', events: this.cluster.serviceEvents, stored: () => [...this.cluster.services.values()] },
      {
        replaced: (services, version) => state.ledger.replaceAll(services.map(viewOf), version),
        put: (service) => state.ledger.upsert(viewOf(service)),
        deleted: ({ object }) => state.ledger.remove(viewOf(object).ref.uid),
      },
    );
    this.#claims = new SimWatch(
      this,
      { kind: 'claims', events: this.cluster.claimEvents, stored: () => [...this.cluster.claims.values()] },
      claimTarget(state),
    );
    state.replacePools(pools);
    void this.#start();
  }

  get alive(): boolean {
    return this.#alive;
  }

  get ready(): boolean {
    return this.#alive && this.#readiness.mayDecide;
  }

  get upToDate(): boolean {
    return this.services.upToDate && this.#claims.upToDate;
  }

  async call(hook: Hook, body: object): Promise<ReviewAnswer> {
    const dryRun = objectAt({ ...body }, 'request').dryRun === true;
    const answer = withinDryRun.run(dryRun, () => this.#admission.handle(body, { hook, budgetMs: 4_500 }));
    return Promise.race([answer, this.#death.promise]);
  }

  /** Ends between two steps: what it had sent may still arrive, what it had not will never be. */
  crash(): void {
    this.#alive = false;
    this.#death.reject(new Error(`${this.name} died`));
  }

  /** Both watches break; what was not delivered is lost, and they list again. */
  cut(): void {
    void this.services.list();
    void this.#claims.list();
  }

  repeatEvents(count: number): void {
    this.services.repeat(count);
    this.#claims.repeat(count);
  }

  /** What a replica does every few seconds. */
  async upkeep(): Promise<void> {
    if (!this.ready || this.#busy) return;
    this.#busy = true;
    // As in cli/upkeep.ts: a reservation ends only for a replica that has heard everything.
    if (this.services.upToDate) this.state.ledger.expire(this.clock.now());
    await this.#upkeep.pass();
    this.#busy = false;
  }

  /** Touches pinned Services that still wait: what app/nudges.ts does with timers. */
  nudge(): void {
    if (!this.ready) return;
    const now = new Date(this.clock.now()).toISOString();
    for (const service of this.state.ledger.services()) {
      if (!standsPinned(service)) continue;
      this.#server.annotate(service.ref.name, service.ref.uid, { 'holdfast.dev/repaired': now });
    }
  }

  async #start(): Promise<void> {
    this.#readiness.met('pools');
    this.#readiness.met('namespaces');
    await Promise.all([
      this.services.list().then(() => this.#readiness.met('services')),
      this.#claims.list().then(() => this.#readiness.met('claims')),
    ]);
    while (this.#alive && (await this.#upkeep.pass()).failed.length > 0) {
      await this.scheduler.wait(this.name, 'tries to adopt again');
    }
    this.#readiness.met('adoption');
    if (this.#alive) this.scheduler.note(`   ${this.name} is ready`);
  }

  #sink(): DecisionSink {
    return {
      decided: () => {},
      abstained: (reason, message) => {
        this.scheduler.note(`   ${this.name} abstains: ${reason} ${message.split('\n')[0]}`);
        if (reason === 'BadReview' || (reason === 'InternalError' && !isOutside(message)))
          this.onViolation(`${this.name} ${reason}: ${message}`);
      },
    };
  }
}

/** True for errors that the simulated line makes. */
function isOutside(message: string): boolean {
  return /connection refused|no answer in time|answer got lost|is dead/.test(message);
}
