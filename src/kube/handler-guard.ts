import type { ListedAt, ObjectId, WatchOptions, WatchState } from './watch-types.ts';

export type Projected<T> =
  | { readonly kind: 'item'; readonly item: T }
  | { readonly kind: 'unwanted' }
  | { readonly kind: 'failed' };

/** Calls the user's functions; what they throw is reported and counted, and never ends the watch. */
export class HandlerGuard<T> {
  readonly #options: WatchOptions<T>;
  errors = 0;

  constructor(options: WatchOptions<T>) {
    this.#options = options;
  }

  /** A `project` that throws is `failed`, which is not `unwanted`: what was known of the object stays known. */
  project(raw: unknown): Projected<T> {
    let projected: Projected<T> = { kind: 'failed' };
    this.#run('project', () => {
      const item = this.#options.project(raw);
      projected = item === undefined ? { kind: 'unwanted' } : { kind: 'item', item };
    });
    return projected;
  }

  /** @returns whether the sink took it: a list that nobody has seen does not count. */
  replaced(items: readonly T[], at: ListedAt): boolean {
    return this.#run('replaced', () => this.#options.sink.replaced(items, at));
  }

  upserted(item: T): void {
    this.#run('upserted', () => this.#options.sink.upserted(item));
  }

  deleted(id: ObjectId): void {
    this.#run('deleted', () => this.#options.sink.deleted(id));
  }

  state(state: WatchState): void {
    this.#run('state', () => this.#options.sink.state(state));
  }

  #run(where: string, handler: () => void): boolean {
    try {
      handler();
      return true;
    } catch (error) {
      this.errors++;
      this.#report(error, where);
      return false;
    }
  }

  #report(error: unknown, where: string): void {
    try {
      this.#options.onHandlerError?.(error, where);
    } catch {
      // A reporter that throws has nobody left to be reported to; the counter in the status still shows it.
    }
  }
}
