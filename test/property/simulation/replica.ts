import { ClusterState } from '../../../src/app/cluster-state.ts';
import type { DecisionSink, ServiceWriter } from '../../../src/app/ports.ts';
import { Readiness } from '../../../src/app/readiness.ts';
import type { ClaimTerms } from '../../../src/core/claims/standing.ts';
import type { Pool } from '../../../src/core/metallb/pool.ts';
import type { Hook, ReviewAnswer } from '../../../src/review/admission-types.ts';
import { objectAt } from '../../../src/review/json.ts';
import type { ApiServer, Backend } from './api-server.ts';
import type { Cluster } from './cluster.ts';
import { type Guard, guardOf, type Sabotage } from './guard.ts';
import { type Fault, type Line, withinDryRun, write } from './ports.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimClock } from './sim-clock.ts';
import { watchesOf } from './watches.ts';

/** What a replica is made with. */
export interface ReplicaParts {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly clock: SimClock;
  readonly server: ApiServer;
  readonly pools: readonly Pool[];
  readonly terms: ClaimTerms;
  readonly pin: 'create' | 'repair';
  /** Breaks the protocol on purpose. */
  readonly sabotage: Sabotage;
  readonly onViolation: (what: string) => void;
}

/** As in cli/upkeep.ts: after this silence nothing is decided. */
const BLIND_AFTER_MS = 120_000;
/** What the HTTP edge leaves of the hook's five seconds. */
const BUDGET_MS = 4_500;

/** One replica of holdfast: the real use cases over the simulated API server. */
export class Replica implements Backend, Line {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly clock: SimClock;
  readonly cluster: Cluster;
  readonly faults: Fault[] = [];
  readonly onViolation: (what: string) => void;
  readonly state: ClusterState;
  readonly #watches;
  readonly #guard: Guard;
  readonly #server: ApiServer;
  readonly #readiness = new Readiness(['services', 'pools', 'namespaces', 'claims', 'adoption']);
  readonly #death = Promise.withResolvers<never>();
  #alive = true;
  #busy = false;

  constructor({ name, scheduler, clock, server, pools, terms, pin, sabotage, onViolation }: ReplicaParts) {
    [this.name, this.scheduler, this.clock, this.onViolation] = [name, scheduler, clock, onViolation];
    [this.#server, this.cluster] = [server, server.cluster];
    this.#death.promise.catch(() => {});
    const state = new ClusterState(sabotage.terms?.(terms) ?? terms, clock);
    state.replacePools(pools);
    this.state = state;
    const [readiness, writer, sink] = [this.#readiness, this.#writer(), this.#sink()];
    this.#guard = guardOf({ line: this, state, readiness, pin, writer, sink, sabotage });
    this.#watches = watchesOf(this, state);
    const { services } = this.#watches;
    readiness.watchStaleness(() => (services.silentMs < BLIND_AFTER_MS ? undefined : 'news of Services'));
    void this.#start();
  }

  get alive(): boolean {
    return this.#alive;
  }

  get ready(): boolean {
    return this.#alive && this.#readiness.mayDecide;
  }

  async call(hook: Hook, body: object): Promise<ReviewAnswer> {
    const dryRun = objectAt({ ...body }, 'request').dryRun === true;
    const answer = withinDryRun.run(dryRun, () => this.#guard.admission.handle(body, { hook, budgetMs: BUDGET_MS }));
    return Promise.race([answer, this.#death.promise]);
  }

  /** Ends between two steps: what it had sent may still arrive, what it had not will never be. */
  crash(): void {
    this.#alive = false;
    this.#death.reject(new Error(`${this.name} died`));
  }

  /** Both watches break; what was not delivered is lost, and they list again. */
  cut(): void {
    if (!this.ready) return;
    void this.#watches.services.list();
    void this.#watches.claims.list();
  }

  repeatEvents(count: number): void {
    this.#watches.services.repeat(count);
    this.#watches.claims.repeat(count);
  }

  /** What a replica does every few seconds. */
  async upkeep(): Promise<void> {
    if (!this.ready || this.#busy) return;
    this.#busy = true;
    // As in cli/upkeep.ts: a reservation ends only for a replica that has heard everything.
    if (this.#watches.services.upToDate) this.state.ledger.expire(this.clock.now());
    await this.#guard.upkeep.pass();
    this.#busy = false;
  }

  /** Wakes MetalLB up for Services that wait in vain. */
  nudge(): void {
    if (this.ready) void this.#guard.nudges.nudgeAll();
  }

  async #start(): Promise<void> {
    this.#readiness.met('pools');
    this.#readiness.met('namespaces');
    await Promise.all([
      this.#watches.services.list().then(() => this.#readiness.met('services')),
      this.#watches.claims.list().then(() => this.#readiness.met('claims')),
    ]);
    while (this.#alive && (await this.#guard.upkeep.pass()).failed.length > 0) {
      await this.scheduler.wait(this.name, 'tries to adopt again');
    }
    this.#readiness.met('adoption');
    if (this.#alive) this.scheduler.note(`   ${this.name} is ready`);
  }

  #writer(): ServiceWriter {
    return {
      annotate: ({ name, uid }, annotations, version) =>
        write(this, `annotates ${name}`, () => this.#server.annotate({ name, uid, version }, annotations)),
    };
  }

  #sink(): DecisionSink {
    return {
      decided: () => {},
      abstained: (reason, message) => {
        this.scheduler.note(`   ${this.name} abstains: ${reason} ${message.split('\n')[0]}`);
        if (reason === 'BadReview' || reason === 'InternalError')
          this.onViolation(`${this.name} ${reason}: ${message}`);
      },
    };
  }
}
