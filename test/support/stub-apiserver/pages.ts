import { ApiStatus } from './api-status.ts';
import { apiVersionOf, type Target } from './resources.ts';
import { selector } from './selectors.ts';
import type { Entry, Store } from './store.ts';

interface Snapshot {
  readonly resourceVersion: number;
  readonly entries: readonly Entry[];
}

/** Lists in pages. The pages of one list are of one resourceVersion, whatever is written between them. */
export class Pages {
  readonly #store: Store;
  readonly #snapshots = new Map<number, Snapshot>();
  #lastId = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** @returns the text of a List. @throws ApiStatus 410 for a continue token from before a compaction */
  list(target: Target, query: URLSearchParams): string {
    const limit = Number(query.get('limit') ?? 0) || Number.POSITIVE_INFINITY;
    const token = query.get('continue');
    const [id, offset] = token === null ? [this.#snapshot(target, query), 0] : tokenParts(token);
    const snapshot = this.#snapshots.get(id);
    if (snapshot === undefined) throw new ApiStatus(410, 'The provided continue parameter is too old');
    const page = snapshot.entries.slice(offset, offset + limit);
    const left = snapshot.entries.length - offset - page.length;
    if (left === 0) this.#snapshots.delete(id);
    const more = left > 0 ? { continue: `${id}:${offset + page.length}`, remainingItemCount: left } : {};
    const metadata = { resourceVersion: String(snapshot.resourceVersion), ...more };
    const { kind } = target.resource;
    const head = JSON.stringify({ kind: `${kind}List`, apiVersion: apiVersionOf(target.resource), metadata });
    return `${head.slice(0, -1)},"items":[${page.map(({ json }) => json).join(',')}]}`;
  }

  forget(): void {
    this.#snapshots.clear();
  }

  #snapshot(target: Target, query: URLSearchParams): number {
    const selected = selector(query);
    const all = this.#store.list(target.resource, target.namespace);
    const entries = selected === undefined ? all : all.filter(selected);
    this.#snapshots.set(++this.#lastId, { resourceVersion: this.#store.resourceVersion, entries });
    return this.#lastId;
  }
}

function tokenParts(token: string): [number, number] {
  const [id = '', offset = ''] = token.split(':');
  return [Number(id), Number(offset)];
}
