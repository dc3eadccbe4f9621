import type { ApiClient } from '../control-plane/api.ts';
import type { Service } from '../control-plane/kube-types.ts';
import { HEART_NAMESPACE } from './heartbeat.ts';

/** One change of a Service as the API server told it; `before` is absent for a new one, `after` for a deleted one. */
export interface Change {
  readonly before: Service | undefined;
  readonly after: Service | undefined;
  /** All Services but this one at that instant. */
  readonly others: readonly Service[];
}

/** All Services of a cluster, followed by a watch without gaps, each change handed on in its order. */
export class Follower {
  readonly #client: ApiClient;
  readonly #abort = new AbortController();
  readonly #byUid = new Map<string, Service>();
  readonly #waiting = new Set<() => void>();
  #lastEventAt = Date.now();
  #changes = 0;
  #heart: Service | undefined;
  #onChange: (change: Change) => void = () => {};
  #following: Promise<void> = Promise.resolve();

  constructor(client: ApiClient) {
    this.#client = client;
  }

  async start(): Promise<void> {
    const { items, metadata } = await this.#client.list<Service>('/api/v1/services');
    for (const service of items) this.#byUid.set(service.metadata.uid ?? '', service);
    this.#following = this.#follow(metadata.resourceVersion);
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#following;
  }

  onChange(heard: (change: Change) => void): void {
    this.#onChange = heard;
  }

  /** The Service of the heartbeat as it is now; it is not among the others. */
  get heart(): Service | undefined {
    return this.#heart;
  }

  /** How many changes there have been so far. */
  get changes(): number {
    return this.#changes;
  }

  services(): readonly Service[] {
    return [...this.#byUid.values()];
  }

  /** Resolves when no Service changed for `quietMs`, or after `timeoutMs`. @returns whether it became quiet */
  async quiet(quietMs: number, timeoutMs: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    // Counted from now on: the answer to the last edit may not have begun.
    this.#lastEventAt = Date.now();
    for (;;) {
      const left = this.#lastEventAt + quietMs - Date.now();
      if (left <= 0) return true;
      if (Date.now() >= deadline) return false;
      await this.event(Math.min(left, deadline - Date.now()));
    }
  }

  /** Resolves at the next change, or after `timeoutMs`. */
  event(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.#waiting.add(done);
    });
  }

  async #follow(resourceVersion: string): Promise<void> {
    const events = this.#client.watch<Service>('/api/v1/services', { resourceVersion, signal: this.#abort.signal });
    for await (const { type, object } of events) {
      if (type === 'BOOKMARK') continue;
      if (object.metadata.namespace === HEART_NAMESPACE) {
        this.#heart = object;
        for (const done of this.#waiting) done();
        continue;
      }
      const uid = object.metadata.uid ?? '';
      const before = this.#byUid.get(uid);
      this.#byUid.delete(uid);
      const others = this.services();
      if (type !== 'DELETED') this.#byUid.set(uid, object);
      this.#lastEventAt = Date.now();
      this.#changes += 1;
      this.#onChange({ before, after: type === 'DELETED' ? undefined : object, others });
      for (const done of this.#waiting) done();
    }
  }
}
