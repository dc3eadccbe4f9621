import { isKubeError } from './errors.ts';
import { explain } from './explain.ts';
import { HandlerGuard } from './handler-guard.ts';
import { HeapRelief } from './heap-relief.ts';
import type { KubeClient } from './kube-client.ts';
import { splitLines } from './line-splitter.ts';
import { RetryDelay } from './retry-delay.ts';
import { pause, systemClock, type WatchClock, Watchdog } from './watch-clock.ts';
import { objectId, parseWatchEvent, type WatchEvent } from './watch-events.ts';
import type { SupervisedWatch, WatchOptions, WatchState, WatchStatus, WatchTiming } from './watch-types.ts';

const DEFAULT_TIMING: WatchTiming = {
  pageSize: 500,
  listTimeoutMs: 30_000,
  openTimeoutMs: 15_000,
  silenceMs: 90_000,
  watchSeconds: [300, 600],
  backoffMs: 500,
  backoffMaxMs: 10_000,
  healthyMs: 10_000,
  absentPollMs: [5_000, 10_000],
};

/** Streams in a row that broke without one event. The resourceVersion may be from a future that was lost: list again. */
const FRUITLESS_LIMIT = 2;

/** Answers (0: none) that say nothing about the resourceVersion: not reachable, not allowed, too busy. */
const UNRELATED_STATUSES: ReadonlySet<number> = new Set([0, 401, 403, 429, 503]);

/** One for all watches: they share the heap. */
const relief = new HeapRelief();

/** Nothing was heard for too long: idle, or a connection that is dead without saying so. */
class SilenceError extends Error {
  override readonly name = 'SilenceError';
}

/**
 * Watches a collection for ever: paged consistent list, then watch with bookmarks, resumed from the last
 * resourceVersion after any end, listed anew after a 410.
 *
 * ```
 *        ┌──────── 404: absent, poll ◀─┐
 *        ▼                             │
 *  ──▶ list ──▶ sink.replaced ──▶ stream ──▶ sink.upserted / deleted
 *        ▲ 410, or twice fruitless     │ ▲
 *        └─────────────────────────────┤ │ cut · silence · end · 5xx · 403: wait, resume
 *                                      └─┘
 * ```
 *
 * client-node's own informer ends on most errors, and its Watch swallows exceptions; hence this.
 */
export function superviseWatch<T>(options: WatchOptions<T>): SupervisedWatch {
  const loop = new WatchLoop(options);
  const ended = loop.run();
  return {
    stop: () => {
      loop.stop();
      return ended;
    },
    status: () => loop.status(),
  };
}

class WatchLoop<T> {
  readonly #options: WatchOptions<T>;
  readonly #client: KubeClient;
  readonly #clock: WatchClock;
  readonly #timing: WatchTiming;
  readonly #guard: HandlerGuard<T>;
  readonly #delay: RetryDelay;
  readonly #stopping = new AbortController();
  #state: WatchState = { kind: 'starting' };
  #synced = false;
  #resourceVersion: string | undefined;
  #lastContactAt: number | undefined;
  #fruitless = 0;
  /** The last stream was cut because of silence. */
  #silent = false;
  #lists = 0;
  #streams = 0;
  #events = 0;

  constructor(options: WatchOptions<T>) {
    this.#options = options;
    this.#client = options.client;
    this.#clock = options.clock ?? systemClock;
    this.#timing = { ...DEFAULT_TIMING, ...options.timing };
    this.#guard = new HandlerGuard(options);
    const { backoffMs: baseMs, backoffMaxMs: maxMs } = this.#timing;
    this.#delay = new RetryDelay({ clock: this.#clock, baseMs, maxMs });
  }

  stop(): void {
    this.#stopping.abort();
  }

  status(): WatchStatus {
    return {
      label: this.#options.label,
      state: this.#state,
      synced: this.#synced,
      resourceVersion: this.#resourceVersion,
      lastContactAt: this.#lastContactAt,
      lists: this.#lists,
      streams: this.#streams,
      events: this.#events,
      handlerErrors: this.#guard.errors,
    };
  }

  async run(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      const waitMs = await this.#step().catch((error: unknown) => this.#failed(error));
      await pause(this.#clock, waitMs, this.#stopping.signal);
    }
    this.#enter({ kind: 'stopped' });
  }

  /** One list or one stream. @returns milliseconds to wait before the next */
  async #step(): Promise<number> {
    if (this.#resourceVersion === undefined) return this.#list().finally(() => relief.done(this));
    await this.#stream(this.#resourceVersion);
    const waitMs = this.#delay.nextAfterGood();
    if (waitMs > 0) this.#enter(this.#retrying('the API server ended the watch soon after its start'));
    this.#doubtResourceVersion();
    return waitMs;
  }

  async #list(): Promise<number> {
    const { path, query = {} } = this.#options;
    const { pageSize, listTimeoutMs: timeoutMs } = this.#timing;
    const items: T[] = [];
    let resourceVersion = '';
    this.#lists++;
    const options = { query, pageSize, timeoutMs, signal: this.#stopping.signal };
    const take = (raw: unknown) => this.#guard.project(raw);
    for await (const page of this.#client.listTaking(path, take, options)) {
      this.#lastContactAt = this.#clock.now();
      resourceVersion = page.resourceVersion;
      for (const projected of page.items) {
        if (projected.kind === 'item') items.push(projected.item);
      }
      relief.afterPage(this);
    }
    if (!this.#guard.replaced(items, { resourceVersion, absent: false })) return this.#delay.next();
    relief.afterList(this);
    this.#resourceVersion = resourceVersion;
    this.#synced = true;
    this.#fruitless = 0;
    return 0;
  }

  async #stream(resourceVersion: string): Promise<void> {
    const cut = new AbortController();
    const end = (): void => cut.abort();
    this.#stopping.signal.addEventListener('abort', end);
    const dog = new Watchdog(this.#clock, this.#timing.silenceMs, end);
    const eventsBefore = this.#events;
    const openedAt = this.#clock.monotonic();
    try {
      const chunks = await this.#open(resourceVersion, cut.signal);
      await this.#read(this.#heard(chunks, dog));
    } catch (error) {
      if (!cut.signal.aborted) throw error;
      if (!this.#stopping.signal.aborted) throw new SilenceError(this.#silence());
    } finally {
      dog.stop();
      this.#stopping.signal.removeEventListener('abort', end);
      this.#judge(this.#events > eventsBefore, this.#clock.monotonic() - openedAt);
    }
  }

  async #open(resourceVersion: string, signal: AbortSignal): Promise<AsyncIterable<Buffer>> {
    const query = {
      ...this.#options.query,
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion,
      timeoutSeconds: String(Math.round(this.#between(this.#timing.watchSeconds))),
    };
    this.#streams++;
    const timeoutMs = this.#timing.openTimeoutMs;
    const chunks = await this.#client.stream(this.#options.path, { query, signal, timeoutMs });
    this.#enter({ kind: 'live' });
    return chunks;
  }

  async *#heard(chunks: AsyncIterable<Buffer>, dog: Watchdog): AsyncGenerator<Buffer> {
    this.#lastContactAt = this.#clock.now();
    for await (const chunk of chunks) {
      dog.heard();
      this.#lastContactAt = this.#clock.now();
      yield chunk;
    }
  }

  async #read(chunks: AsyncIterable<Buffer>): Promise<void> {
    const request = { method: 'GET', server: this.#client.server, path: this.#options.path };
    for await (const lines of splitLines(chunks)) {
      for (const line of lines) {
        if (this.#stopping.signal.aborted) return;
        this.#take(parseWatchEvent(line, request));
      }
    }
  }

  #take({ type, object, resourceVersion }: WatchEvent): void {
    this.#events++;
    this.#silent = false;
    if (type === 'DELETED') this.#guard.deleted(objectId(object));
    else if (type !== 'BOOKMARK') this.#changed(object);
    // After the handler, so that an object is never skipped; with its errors reported, it is not repeated either.
    this.#resourceVersion = resourceVersion;
  }

  #changed(object: unknown): void {
    const projected = this.#guard.project(object);
    if (projected.kind === 'item') this.#guard.upserted(projected.item);
    else if (projected.kind === 'unwanted') this.#guard.deleted(objectId(object));
  }

  #judge(fruitful: boolean, livedMs: number): void {
    if (fruitful && livedMs >= this.#timing.healthyMs) this.#delay.reset();
    else if (fruitful) this.#delay.ease();
    this.#fruitless = fruitful ? 0 : this.#fruitless + 1;
  }

  /** @returns milliseconds to wait before the next attempt */
  #failed(error: unknown): number {
    if (this.#stopping.signal.aborted) return 0;
    if (isKubeError(error, 'not-found')) return this.#absent();
    if (isKubeError(error, 'gone')) return this.#listAgain();
    // An idle resource of an idle cluster is silent for longer than a minute: resumed at once, that is nothing to tell.
    if (error instanceof SilenceError && this.#state.kind === 'live' && !this.#silent) {
      this.#silent = true;
      this.#doubtResourceVersion();
      return 0;
    }
    this.#silent = false;
    const asked = isKubeError(error) ? (error.retryAfterMs ?? 0) : 0;
    const waitMs = Math.max(this.#delay.next(), asked);
    const state = this.#retrying(explain(error));
    this.#enter(isKubeError(error, 'forbidden') ? { ...state, kind: 'forbidden' } : state);
    if (!(isKubeError(error) && UNRELATED_STATUSES.has(error.failure.status))) this.#doubtResourceVersion();
    return waitMs;
  }

  #retrying(why: string): { readonly kind: 'retrying'; readonly message: string } {
    return { kind: 'retrying', message: `cannot watch ${this.#options.label}: ${why}` };
  }

  #doubtResourceVersion(): void {
    if (this.#fruitless >= FRUITLESS_LIMIT) this.#resourceVersion = undefined;
  }

  #listAgain(): number {
    this.#resourceVersion = undefined;
    return this.#delay.nextAfterGood();
  }

  #absent(): number {
    // A watch may end with 404 because its CRD goes, or comes: the list says which.
    if (this.#resourceVersion !== undefined) return this.#listAgain();
    this.#lastContactAt = this.#clock.now();
    if (this.#state.kind !== 'absent' && this.#guard.replaced([], { resourceVersion: '', absent: true })) {
      this.#synced = true;
      this.#delay.reset();
      const { label, path } = this.#options;
      this.#enter({
        kind: 'absent',
        message: `${label} do not exist in this cluster (${path}); looking now and then.`,
      });
    }
    return Math.round(this.#between(this.#timing.absentPollMs));
  }

  #silence(): string {
    return `nothing came for ${this.#timing.silenceMs / 1000} s, not even a bookmark; the connection was cut`;
  }

  #between([low, high]: readonly [number, number]): number {
    return low + this.#clock.random() * (high - low);
  }

  #enter(state: WatchState): void {
    const before = this.#state;
    this.#state = state;
    if (JSON.stringify(before) !== JSON.stringify(state)) this.#guard.state(state);
  }
}
