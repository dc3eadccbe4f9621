import { type ApiServer, METALLB, type Outcome } from './api-server.ts';
import { converge } from './metallb-converge.ts';
import { MetallbMemory } from './metallb-memory.ts';
import type { PoolSpec } from './pools.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimClock } from './sim-clock.ts';
import { ipsOf, type SimService, versionOf } from './sim-service.ts';
import { type WatchContext, watchServices } from './watches.ts';

/**
 * How a controller starts. `cache-order`: Service by Service in any order, as 0.13 does. `assigned-first`: nothing else
 * happens before one whole pass has gone well, those with an IP first, as from 0.14 on.
 */
export type Startup = 'cache-order' | 'assigned-first';

export interface MetallbParts {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly clock: SimClock;
  readonly server: ApiServer;
  readonly pools: readonly PoolSpec[];
  readonly startup: Startup;
}

/** After so many failures in a row a key waits for the clock: the limiter's delays have become long. */
const PATIENCE = 3;

/** One controller of MetalLB: its own memory, its own late view of the Services, one worker. No leader election. */
export class Metallb implements WatchContext {
  readonly name: string;
  readonly scheduler: Scheduler;
  readonly clock: SimClock;
  readonly cluster;
  readonly #parts: MetallbParts;
  readonly #memory: MetallbMemory;
  readonly #cache = new Map<string, SimService>();
  readonly #watch;
  readonly #queue: string[] = [];
  readonly #delayed = new Set<string>();
  readonly #failures = new Map<string, number>();
  alive = true;
  #working = false;
  /** The first pass is still to go well: single events wait for it. */
  #loading: boolean;

  constructor(parts: MetallbParts) {
    this.#parts = parts;
    [this.name, this.scheduler, this.clock] = [parts.name, parts.scheduler, parts.clock];
    this.cluster = parts.server.cluster;
    this.#memory = new MetallbMemory(parts.pools);
    this.#loading = parts.startup === 'assigned-first';
    this.#watch = watchServices(this, {
      replaced: (listed) => this.#replaced(listed),
      put: (service) => this.#seen(service),
      deleted: ({ object }) => this.#gone(object),
    });
    void this.#watch.list();
  }

  stop(): void {
    this.alive = false;
  }

  /** The limiter's delays are over. */
  retryNow(): void {
    for (const name of this.#delayed) this.#enqueue(name);
    this.#delayed.clear();
  }

  #replaced(listed: readonly SimService[]): void {
    for (const service of listed) this.#cache.set(service.metadata.name, service);
    const names = listed.map(({ metadata }) => metadata.name);
    if (this.#loading) names.splice(0, names.length, EVERYTHING);
    while (names.length > 0) this.#enqueue(names.splice(this.#parts.scheduler.pick(names.length), 1)[0] ?? '');
  }

  #seen(service: SimService): void {
    this.#cache.set(service.metadata.name, service);
    this.#enqueue(service.metadata.name);
  }

  #gone({ metadata }: SimService): void {
    this.#cache.delete(metadata.name);
    this.#enqueue(metadata.name);
  }

  #enqueue(name: string): void {
    if (!this.#queue.includes(name)) this.#queue.push(name);
    this.#arm();
  }

  #arm(): void {
    if (this.#working || this.#queue.length === 0 || !this.alive) return;
    this.#working = true;
    this.#parts.scheduler.post(this.name, `works on ${this.#queue[0]}`, () => void this.#work());
  }

  async #work(): Promise<void> {
    const name = this.#queue.shift();
    if (name === undefined || !this.alive) return;
    // Of what comes in before the first pass has gone well, nothing is kept: the pass reads the cache anew. (0.14 to
    // 0.16 forget deletions as well, and never free such an IP again. That leak of theirs is left out here.)
    if (!this.#loading || name === EVERYTHING || !this.#cache.has(name)) await this.#attempt(name);
    this.#working = false;
    this.#arm();
  }

  async #attempt(name: string): Promise<void> {
    const fine = name === EVERYTHING ? await this.#everything() : await this.#converge(name);
    if (fine) this.#failures.delete(name);
    else this.#again(name);
  }

  #again(name: string): void {
    const failures = (this.#failures.get(name) ?? 0) + 1;
    this.#failures.set(name, failures);
    if (failures % PATIENCE === 0) this.#delayed.add(name);
    else this.#enqueue(name);
  }

  async #everything(): Promise<boolean> {
    const assigned = (service: SimService) => ipsOf(service).length;
    const services = [...this.#cache.values()];
    if (this.#parts.startup === 'assigned-first') services.sort((one, other) => assigned(other) - assigned(one));
    let fine = true;
    for (const service of services) fine = (await this.#write(service)) && fine;
    if (fine) this.#loading = false;
    return fine;
  }

  /** @returns false when the write was refused or failed: it is tried again */
  async #converge(name: string): Promise<boolean> {
    const service = this.#cache.get(name);
    if (service !== undefined) return this.#write(service);
    if (this.#memory.unassign(name)) this.#enqueue(EVERYTHING);
    return true;
  }

  async #write(service: SimService): Promise<boolean> {
    const { name } = service.metadata;
    const had = this.#memory.has(name);
    const wanted = converge(service, this.#memory);
    // Since 0.13.9 a Service that has no IP any more makes MetalLB look at all the others.
    if (had && !this.#memory.has(name)) this.#enqueue(EVERYTHING);
    if (JSON.stringify(wanted) === JSON.stringify(service)) return true;
    const write = { user: METALLB, name, dryRun: false, change: () => wanted, upon: versionOf(service) };
    return isFine(await this.#parts.server.writeStatus(write));
  }
}

const EVERYTHING = '(everything)';
function isFine(outcome: Outcome): boolean {
  return outcome === 'stored' || outcome === 'unchanged';
}
