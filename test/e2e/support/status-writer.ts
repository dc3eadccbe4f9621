import { setTimeout as delay } from 'node:timers/promises';
import { ApiError } from '../../control-plane/api-error.ts';
import type { Cluster } from '../../control-plane/cluster.ts';
import { type Service, servicePath } from '../../control-plane/kube-types.ts';
import { createServices } from '../../control-plane/services.ts';

/** What became of the writes. */
export interface Written {
  readonly done: number;
  /** Each answer of the API server that was no success. */
  readonly failures: readonly string[];
  /** Writes that could not be begun: the API server had not answered the ones before. */
  readonly heldBack: number;
  /** The longest that one write took, in ms. */
  readonly slowestMs: number;
}

export interface StatusWriterOptions {
  readonly perSecond: number;
  /** Services whose status is written again and again. */
  readonly services: number;
}

/**
 * Writes statuses as MetalLB does, each with another IP than before, so that every write goes through the webhooks, at
 * a constant rate: a write that is slow does not hold back the next. Most IPs lie outside of all pools, where a change
 * needs no reason; one Service in ten is new and gets an IP of a pool, which takes a claim.
 */
export class StatusWriter {
  readonly #cluster: Cluster;
  readonly #options: StatusWriterOptions;
  readonly #failures: string[] = [];
  readonly #idle: Service[] = [];
  readonly #fresh: Service[] = [];
  readonly #pending = new Set<Promise<void>>();
  #done = 0;
  #heldBack = 0;
  #slowestMs = 0;
  #next = 0;
  #stopped = false;
  #ended: Promise<void> | undefined;

  constructor(cluster: Cluster, options: StatusWriterOptions) {
    this.#cluster = cluster;
    this.#options = options;
  }

  /** Creates the Services; `fresh` of them are for IPs of the pool. */
  async prepare(fresh: number): Promise<void> {
    const { services } = this.#options;
    this.#idle.push(...(await createServices(this.#cluster, { count: services, prefix: 'roving' })));
    this.#fresh.push(...(await createServices(this.#cluster, { count: fresh, prefix: 'fresh' })));
  }

  start(): void {
    this.#ended = this.#run();
  }

  get written(): Written {
    return {
      done: this.#done,
      failures: this.#failures,
      heldBack: this.#heldBack,
      slowestMs: Math.round(this.#slowestMs),
    };
  }

  async stop(): Promise<Written> {
    this.#stopped = true;
    await this.#ended;
    await Promise.all(this.#pending);
    return this.written;
  }

  async #run(): Promise<void> {
    const startedAt = performance.now();
    for (let begun = 0; !this.#stopped; ) {
      const due = ((performance.now() - startedAt) / 1000) * this.#options.perSecond;
      for (; begun < due; begun++) this.#begin(begun);
      await delay(5);
    }
  }

  #begin(turn: number): void {
    const fresh = turn % 10 === 0 ? this.#fresh.shift() : undefined;
    const service = fresh ?? this.#idle.shift();
    if (service === undefined) {
      this.#heldBack++;
      return;
    }
    const write = this.#write(service, fresh !== undefined).finally(() => this.#pending.delete(write));
    this.#pending.add(write);
  }

  async #write(service: Service, fromPool: boolean): Promise<void> {
    const n = this.#next++;
    const requested = service.metadata.annotations?.['metallb.universe.tf/loadBalancerIPs'];
    const roving = `203.0.${113 + (Math.floor(n / 250) % 7)}.${(n % 250) + 1}`;
    const ip = fromPool ? (requested ?? `10.203.${Math.floor(n / 250)}.${(n % 250) + 1}`) : roving;
    const startedAt = performance.now();
    const path = `${servicePath('default', service.metadata.name)}/status`;
    const body = { ...service, status: { loadBalancer: { ingress: [{ ip }] } } };
    try {
      const stored = await this.#cluster.client('metallb').replace<Service>(path, body);
      this.#done++;
      if (!fromPool) this.#idle.push(stored);
    } catch (error) {
      this.#failures.push(error instanceof ApiError ? error.message : String(error));
    }
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - startedAt);
  }
}
