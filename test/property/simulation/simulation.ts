import { ApiServer } from './api-server.ts';
import { Cluster } from './cluster.ts';
import type { Sabotage } from './guard.ts';
import { manifest, nameAt, sharingOf } from './manifest.ts';
import { Metallb, type Startup } from './metallb.ts';
import type { Scenario } from './operation.ts';
import { corePool, type PoolSpec, poolSpec } from './pools.ts';
import { Replica } from './replica.ts';
import { Scheduler } from './scheduler.ts';
import { SimClock } from './sim-clock.ts';
import { withIps } from './sim-service.ts';
import { TruthWitness } from './witness.ts';

/** Each replica brings claims in order about so often. */
const UPKEEP_EVERY_MS = 10_000;
const GRACE_MS = 120_000;

/** A cluster with holdfast and MetalLB in it, and the things that happen to it. */
export class Simulation {
  readonly scenario: Scenario;
  readonly scheduler: Scheduler;
  readonly clock = new SimClock();
  readonly cluster: Cluster;
  readonly server: ApiServer;
  readonly pools: readonly PoolSpec[];
  readonly witness: TruthWitness;
  readonly replicas: Replica[] = [];
  readonly controllers: Metallb[] = [];
  readonly #sabotage: Sabotage;
  #started = 0;

  constructor(scenario: Scenario, sabotage: Sabotage = {}) {
    this.scenario = scenario;
    this.#sabotage = sabotage;
    this.scheduler = new Scheduler(scenario.choices);
    this.cluster = new Cluster(this.scheduler);
    this.pools = scenario.pools.map((size, i) => poolSpec(`pool-${i}`, i, size));
    this.witness = new TruthWitness(this.cluster, this.pools);
    const { cluster, scheduler, clock } = this;
    this.server = new ApiServer({ cluster, scheduler, clock, backends: () => this.replicas });
    this.#populate();
    cluster.witness = this.witness;
    for (let i = 0; i < scenario.replicas; i += 1) this.startReplica(i);
    for (let i = 0; i < scenario.controllers; i += 1) this.startMetallb(i, 'cache-order');
  }

  get terms() {
    return { graceMs: GRACE_MS, stickyMs: this.scenario.stickyMs };
  }

  startReplica(at: number): void {
    this.#started += 1;
    const { scheduler, clock, server, terms } = this;
    const parts = { scheduler, clock, server, terms };
    this.replicas[at] = new Replica({
      ...parts,
      pin: this.scenario.pin,
      name: `holdfast-${this.#started}`,
      pools: this.pools.map(corePool),
      sabotage: this.#sabotage,
      onViolation: (what) => this.witness.report(what),
    });
  }

  startMetallb(at: number, startup: Startup): void {
    this.#started += 1;
    const { scheduler, clock, server, pools } = this;
    this.controllers[at]?.stop();
    const name = `metallb-${this.#started}`;
    this.controllers[at] = new Metallb({ name, scheduler, clock, server, pools, startup });
  }

  /** IPs by index: those of all pools, then none. */
  ip(index: number | undefined): string | undefined {
    return index === undefined ? undefined : this.pools.flatMap(({ ips }) => ips)[index];
  }

  #populate(): void {
    for (const [i, { ip, key, port }] of this.scenario.start.entries()) {
      const made = manifest(nameAt(i), sharingOf(key), 80 + port);
      const address = this.ip(ip);
      const free = address !== undefined && this.cluster.havingIp(address).length === 0;
      const creationTimestamp = new Date(this.clock.now()).toISOString();
      const metadata = { ...made.metadata, uid: this.cluster.newUid(), creationTimestamp };
      this.cluster.put(withIps({ ...made, metadata }, free ? [address] : []));
    }
  }

  /** Starts a replica here, if the one that was here is dead. */
  revive(at: number): void {
    if (this.replicas[at]?.alive !== true) this.startReplica(at);
  }

  /** Lets time pass, and what comes with it: retries of MetalLB's, upkeep of holdfast's. */
  pass(ms: number): void {
    this.clock.advance(ms);
    for (const controller of this.controllers) controller.retryNow();
    if (ms >= UPKEEP_EVERY_MS) for (const replica of this.replicas) void replica.upkeep();
  }
}
