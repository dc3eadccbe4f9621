import { setTimeout as delay } from 'node:timers/promises';
import type { ApiClient } from './api.ts';
import { isStatus } from './api-error.ts';
import type { Cluster } from './cluster.ts';
import type { Service } from './kube-types.ts';
import { type Doubled, type MayMove, type MayShare, type Move, OwnerLedger, serviceKey } from './owner-ledger.ts';
import type { WatchEvent } from './watch.ts';

export type ObserverOptions = {
  /** Which Services may have the same IP (default: none). */
  readonly mayShare?: MayShare;
  /** Which changes may take an IP away (default: none). */
  readonly mayMove?: MayMove;
};

export type ObserverSnapshot = {
  readonly assigned: number;
  /** `namespace/name`. */
  readonly pending: readonly string[];
  /** Have an IP, but none of one of their families. */
  readonly halfAssigned: readonly string[];
  readonly moves: readonly Move[];
  /** Services that moved at least once. */
  readonly moved: readonly string[];
  readonly doubled: readonly Doubled[];
  /** IPs that had two owners at some instant, and that have them now. */
  readonly doubledEver: readonly string[];
  readonly doubledNow: readonly string[];
  readonly owners: ReadonlyMap<string, readonly string[]>;
  readonly events: number;
  readonly lastEventAtMs: number;
  /** When a pending Service last got an IP. */
  readonly lastGainAtMs: number | undefined;
  /** Lists after a gap in the watch: moves within a gap are seen only by their result. */
  readonly relists: number;
};

const servicesPath = '/api/v1/services';

/**
 * Follows all Services of a cluster by watching, so that every single write is seen, also one that is undone within a
 * millisecond. Survives a restart of the API server: it watches on from where it was, or lists again and compares.
 */
export class ServiceObserver {
  readonly ledger: OwnerLedger;
  readonly #client: ApiClient;
  readonly #abort = new AbortController();
  readonly #eventTimes: number[] = [];
  readonly #listeners = new Set<() => void>();
  #resourceVersion = '';
  #relists = 0;
  #lastEventAtMs = Date.now();
  #lastError = '';
  #following: Promise<void> = Promise.resolve();

  constructor(client: ApiClient, options: ObserverOptions = {}) {
    this.#client = client;
    this.ledger = new OwnerLedger(options.mayShare, options.mayMove);
  }

  /** Lists, and follows from there until {@link ServiceObserver.stop}. */
  async start(): Promise<void> {
    await this.#list();
    this.#following = this.#follow();
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#following;
  }

  /** How many changes of Services arrived at or after this time (ms since the epoch). */
  eventsSince(sinceMs: number): number {
    const first = this.#eventTimes.findLastIndex((at) => at < sinceMs);
    return this.#eventTimes.length - 1 - first;
  }

  /** Resolves when at least `count` LoadBalancer Services have an IP. @throws Error naming those that have none. */
  async waitUntilAssigned(count: number, timeoutMs = 60_000): Promise<void> {
    const { assigned, pending } = this.ledger;
    if (await this.waitUntil(() => assigned.size >= count, timeoutMs)) return;
    const some = [...pending].slice(0, 5).join(', ');
    const watch = this.#lastError === '' ? '' : `; last watch error: ${this.#lastError}`;
    throw new Error(
      `only ${assigned.size} of ${count} Services have an IP after ${timeoutMs} ms; pending ${pending.size}: ${some}${watch}`,
    );
  }

  /** True as soon as `condition` holds, looked at after each event; false when `timeoutMs` pass first. */
  async waitUntil(condition: (ledger: OwnerLedger) => boolean, timeoutMs: number): Promise<boolean> {
    if (condition(this.ledger)) return true;
    return new Promise((resolve) => {
      const finish = (result: boolean) => {
        clearTimeout(timer);
        this.#listeners.delete(look);
        resolve(result);
      };
      const look = () => {
        if (condition(this.ledger)) finish(true);
      };
      const timer = setTimeout(() => finish(false), timeoutMs);
      this.#listeners.add(look);
    });
  }

  /**
   * True when no Service changed for `quietMs` (counted from now at the earliest), false when `timeoutMs` pass first.
   * `lastActivityMs` tells when something else happened that counts as well, such as output of a controller.
   */
  async waitForQuiet(quietMs: number, timeoutMs: number, lastActivityMs = () => 0): Promise<boolean> {
    const startedAt = Date.now();
    for (;;) {
      const now = Date.now();
      const quietAt = Math.max(this.#lastEventAtMs, startedAt, lastActivityMs()) + quietMs;
      if (now >= quietAt) return true;
      if (now >= startedAt + timeoutMs) return false;
      await delay(Math.min(quietAt, startedAt + timeoutMs) - now);
    }
  }

  snapshot(): ObserverSnapshot {
    const { ledger } = this;
    return {
      assigned: ledger.assigned.size,
      pending: [...ledger.pending],
      halfAssigned: ledger.halfAssigned(),
      moves: [...ledger.moves],
      moved: unique(ledger.moves.map(({ service }) => service)),
      doubled: [...ledger.doubled],
      doubledEver: unique(ledger.doubled.map(({ ip }) => ip)),
      doubledNow: ledger.doubledNow(),
      owners: ledger.owners(),
      events: this.#eventTimes.length,
      lastEventAtMs: this.#lastEventAtMs,
      lastGainAtMs: ledger.lastGainAtMs,
      relists: this.#relists,
    };
  }

  async #follow(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        if (this.#resourceVersion === '') await this.#listAgain();
        const events = this.#client.watch<Service>(servicesPath, { resourceVersion: this.#resourceVersion, signal });
        for await (const event of events) this.#take(event);
      } catch (error) {
        this.#lastError = error instanceof Error ? error.message : String(error);
        if (isStatus(error, 410)) this.#resourceVersion = '';
        else await delay(50);
      }
    }
  }

  async #list(): Promise<number> {
    const { items, metadata } = await this.#client.list<Service>(servicesPath);
    this.#resourceVersion = metadata.resourceVersion;
    return this.ledger.replaceAll(items, Date.now());
  }

  async #listAgain(): Promise<void> {
    const changed = await this.#list();
    this.#relists += 1;
    for (let index = 0; index < changed; index += 1) this.#note();
  }

  #take({ type, object }: WatchEvent<Service>): void {
    this.#resourceVersion = object.metadata.resourceVersion ?? this.#resourceVersion;
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') this.ledger.delete(serviceKey(object));
    else this.ledger.set(object, Date.now());
    this.#note();
  }

  #note(): void {
    this.#lastEventAtMs = Date.now();
    this.#eventTimes.push(this.#lastEventAtMs);
    for (const listener of this.#listeners) listener();
  }
}

/** Starts to follow all Services of the cluster, as admin. */
export async function observeServices(cluster: Cluster, options: ObserverOptions = {}): Promise<ServiceObserver> {
  const observer = new ServiceObserver(cluster.client(), options);
  await observer.start();
  return observer;
}

function unique(values: readonly string[]): readonly string[] {
  return [...new Set(values)];
}
