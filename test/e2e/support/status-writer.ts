import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '../../control-plane/api.ts';
import type { Cluster } from '../../control-plane/cluster.ts';
import { users } from '../../control-plane/identities.ts';
import { type Service, servicePath } from '../../control-plane/kube-types.ts';
import { createServices } from '../../control-plane/services.ts';

/** What became of the writes of some time. */
export interface Written {
  /** Writes whose time came. */
  readonly due: number;
  /** How many of all that were ever due have no answer yet. */
  readonly open: number;
  /** Writes that were stored. */
  readonly done: number;
  /** Of these, the ones that took a claim. */
  readonly claimed: number;
  /** Each answer of the API server that was no success. */
  readonly failures: readonly string[];
  /** The longest that one write took, from when it was due, in ms. */
  readonly slowestMs: number;
}

export interface StatusWriterOptions {
  readonly perSecond: number;
  /** Services whose status is written again and again, never twice at the same time. */
  readonly services: number;
  /** Services that get their first IP, of a pool: these take claims. */
  readonly fresh: number;
}

interface Ended {
  readonly service: Service;
  readonly dueAt: number;
  readonly failure: string | undefined;
  readonly claimed: number;
}

/** One write in this many is for a fresh Service, as long as there are any. */
const FRESH_EVERY = 20;
const TICK_MS = 5;
const NOTHING: Written = { due: 0, open: 0, done: 0, claimed: 0, failures: [], slowestMs: 0 };

/**
 * Writes statuses as MetalLB does, each with another IP than before, so that every write goes through the webhooks, at
 * a constant rate: a write that is slow does not hold back the next, and one that has to wait for a Service is measured
 * from when it was due. Most IPs lie outside of all pools, where a change needs no reason.
 */
export class StatusWriter {
  /** Names of the Services for their first IP that were not pinned at CREATE. */
  readonly unpinned: readonly string[];
  readonly #client: ApiClient;
  readonly #options: StatusWriterOptions;
  readonly #idle: Service[];
  readonly #fresh: Service[];
  /** When writes were due for which no Service was free. */
  readonly #waiting: number[] = [];
  readonly #pending = new Set<Promise<void>>();
  readonly #failures: string[] = [];
  /** Of {@link StatusWriterOptions.perSecond}, since the start. */
  #turn = 0;
  #lap: Written = NOTHING;
  #roved = 0;
  #stopped = false;
  #ended: Promise<void> | undefined;

  private constructor(client: ApiClient, options: StatusWriterOptions, idle: Service[], fresh: Service[]) {
    this.#client = client;
    this.#options = options;
    this.#idle = idle;
    this.#fresh = fresh;
    this.unpinned = fresh.filter((service) => pinOf(service) === undefined).map(({ metadata }) => metadata.name);
  }

  /** Creates the Services. holdfast has to be there already: the IP of a fresh one is its pin. */
  static async prepare(cluster: Cluster, options: StatusWriterOptions): Promise<StatusWriter> {
    const idle = await createServices(cluster, { count: options.services, prefix: 'roving' });
    const fresh = await createServices(cluster, { count: options.fresh, prefix: 'fresh' });
    const { server, ca } = cluster;
    // As many connections as writes: none waits for another one's.
    const client = new ApiClient({ server, ca, token: users.metallb.token, maxSockets: options.services });
    return new StatusWriter(client, options, [...idle], [...fresh]);
  }

  start(): void {
    this.#ended = this.#run();
  }

  /** What was written since the last lap; the next one begins now. */
  lap(): Written {
    const lap = { ...this.#lap, open: this.#pending.size + this.#waiting.length };
    this.#lap = NOTHING;
    return lap;
  }

  /** Begins nothing more, also not what has waited, and waits for every answer. @returns each failure since the start */
  async stop(): Promise<readonly string[]> {
    this.#stopped = true;
    await this.#ended;
    this.#waiting.length = 0;
    while (this.#pending.size > 0) await Promise.all(this.#pending);
    this.#client.close();
    return this.#failures;
  }

  async #run(): Promise<void> {
    const startedAt = performance.now();
    const everyMs = 1000 / this.#options.perSecond;
    while (!this.#stopped) {
      while (startedAt + this.#turn * everyMs <= performance.now()) this.#begin(startedAt + this.#turn++ * everyMs);
      await delay(TICK_MS);
    }
  }

  #begin(dueAt: number): void {
    this.#lap = { ...this.#lap, due: this.#lap.due + 1 };
    const fresh = this.#turn % FRESH_EVERY === 0 ? this.#fresh.shift() : undefined;
    if (fresh === undefined) this.#rove(dueAt);
    else this.#track(this.#claim(fresh, dueAt));
  }

  #rove(dueAt: number): void {
    const service = this.#idle.shift();
    if (service === undefined) this.#waiting.push(dueAt);
    else this.#track(this.#move(service, dueAt));
  }

  #track(write: Promise<void>): void {
    const tracked = write.finally(() => this.#pending.delete(tracked));
    this.#pending.add(tracked);
  }

  async #claim(service: Service, dueAt: number): Promise<void> {
    const ip = pinOf(service);
    const failure = ip === undefined ? 'was not pinned at CREATE' : await this.#write(service, ip);
    this.#note({ service, dueAt, failure, claimed: 1 });
  }

  async #move(service: Service, dueAt: number): Promise<void> {
    const n = this.#roved++;
    const failure = await this.#write(service, `203.0.${113 + (Math.floor(n / 250) % 7)}.${(n % 250) + 1}`);
    this.#note({ service, dueAt, failure, claimed: 0 });
    this.#idle.push(service);
    const next = this.#waiting.shift();
    if (next !== undefined) this.#rove(next);
  }

  /** A PUT of the whole Service, which is all that MetalLB's role allows; without a version it conflicts with nobody. */
  #write({ metadata: { name, namespace, annotations }, ...service }: Service, ip: string): Promise<string | undefined> {
    const path = `${servicePath('default', name)}/status`;
    const metadata = { name, namespace, annotations };
    const body = { ...service, metadata, status: { loadBalancer: { ingress: [{ ip }] } } };
    return this.#client.send({ method: 'PUT', path, body }).then(
      (answer) => (answer.status === 200 ? undefined : `${answer.status} ${answer.body}`),
      (error: unknown) => String(error),
    );
  }

  #note({ service, dueAt, failure, claimed }: Ended): void {
    const { done, failures, slowestMs, ...lap } = this.#lap;
    const slowest = Math.max(slowestMs, Math.round(performance.now() - dueAt));
    if (failure === undefined) {
      this.#lap = { ...lap, done: done + 1, claimed: lap.claimed + claimed, failures, slowestMs: slowest };
      return;
    }
    const text = `${service.metadata.name}: ${failure}`;
    this.#failures.push(text);
    this.#lap = { ...lap, done, failures: [...failures, text], slowestMs: slowest };
  }
}

function pinOf({ metadata }: Service): string | undefined {
  return metadata.annotations?.['metallb.universe.tf/loadBalancerIPs'];
}
