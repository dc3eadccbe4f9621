import type { ClusterState } from '../../../src/app/cluster-state.ts';
import type { Claim } from '../../../src/core/claims/claim.ts';
import type { Cluster, WatchEvent } from './cluster.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimClock } from './sim-clock.ts';
import { type SimService, viewOf } from './sim-service.ts';

/** What a watch fills. */
export interface WatchTarget<T> {
  replaced(objects: readonly T[], version: number): void;
  put(object: T): void;
  deleted(event: WatchEvent<T>): void;
}

/** Where a watch reads. */
export interface WatchSource<T> {
  readonly kind: string;
  readonly events: readonly WatchEvent<T>[];
  stored(): readonly T[];
}

/** What a watch is part of. */
export interface WatchContext {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly cluster: Cluster;
  readonly clock: SimClock;
  /** False when nobody listens any more. */
  readonly alive: boolean;
}

/** A list, and then every event in order, each as late as it happens to be. May break, and then lists again. */
export class SimWatch<T> {
  readonly #context: WatchContext;
  readonly #source: WatchSource<T>;
  readonly #target: WatchTarget<T>;
  #next = 0;
  /** Which list the events follow: steps posted for an earlier one are void. */
  #era = 0;
  #posted = false;
  #listed = false;
  #heardAt: number;

  constructor(context: WatchContext, source: WatchSource<T>, target: WatchTarget<T>) {
    this.#context = context;
    this.#source = source;
    this.#target = target;
    this.#heardAt = context.clock.now();
    const stop = context.cluster.watch(() => (context.alive ? this.#arm() : stop()));
  }

  /** True when everything that happened was heard of. */
  get upToDate(): boolean {
    return this.#listed && this.#next >= this.#source.events.length;
  }

  /** How long nothing was heard although there was something to hear; a quiet watch has bookmarks. Milliseconds. */
  get silentMs(): number {
    return this.upToDate ? 0 : this.#context.clock.now() - this.#heardAt;
  }

  /** Lists everything, then goes on from there. */
  async list(): Promise<void> {
    const { name, scheduler, cluster } = this.#context;
    this.#era += 1;
    this.#listed = false;
    this.#posted = false;
    const era = this.#era;
    await scheduler.wait(name, `lists ${this.#source.kind}`);
    const [objects, version, next] = [this.#source.stored(), cluster.version, this.#source.events.length];
    await scheduler.wait(name, `has the list of ${this.#source.kind}`);
    if (era !== this.#era || !this.#context.alive) return;
    this.#target.replaced(objects, version);
    this.#next = next;
    this.#listed = true;
    this.#heardAt = this.#context.clock.now();
    this.#arm();
  }

  /** The watch goes back in time: these events come once more. */
  repeat(count: number): void {
    if (!this.#listed) return;
    this.#next = Math.max(0, this.#next - count);
    this.#arm();
  }

  #arm(): void {
    if (this.#posted || !this.#listed || this.upToDate) return;
    this.#posted = true;
    this.#heardAt = this.#context.clock.now();
    const era = this.#era;
    const { name, scheduler } = this.#context;
    const version = this.#source.events[this.#next]?.version;
    scheduler.post(name, `sees ${this.#source.kind} ${version}`, () => {
      if (era !== this.#era || !this.#context.alive) return;
      this.#posted = false;
      this.#deliver();
      this.#arm();
    });
  }

  #deliver(): void {
    const event = this.#source.events[this.#next];
    this.#next += 1;
    if (event?.type === 'put') this.#target.put(event.object);
    else if (event !== undefined) this.#target.deleted(event);
  }
}

/** Follows the Services. */
export function watchServices(context: WatchContext, target: WatchTarget<SimService>): SimWatch<SimService> {
  const { serviceEvents, services } = context.cluster;
  return new SimWatch(
    context,
    { kind: 'services', events: serviceEvents, stored: () => [...services.values()] },
    target,
  );
}

/** Follows Services and claims for the caches of a replica. */
export function watchesOf(context: WatchContext, { ledger, book }: ClusterState) {
  const { claimEvents, claims } = context.cluster;
  const services = watchServices(context, {
    replaced: (listed, version) => ledger.replaceAll(listed.map(viewOf), version),
    put: (service) => ledger.upsert(viewOf(service)),
    deleted: ({ object }) => ledger.remove(viewOf(object).ref.uid),
  });
  const claimSource = { kind: 'claims', events: claimEvents, stored: () => [...claims.values()] };
  const claimWatch = new SimWatch<Claim>(context, claimSource, {
    replaced: (listed, version) => book.replaceAll(listed, version),
    put: (claim) => book.put(claim),
    deleted: ({ object, version }) => book.drop(object.ip, object.uid, version),
  });
  return { services, claims: claimWatch };
}
