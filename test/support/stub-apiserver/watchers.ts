import type { ServerResponse } from 'node:http';
import type { ApiStatus } from './api-status.ts';
import { apiVersionOf, keyOf, type Target } from './resources.ts';
import { selector } from './selectors.ts';
import type { Change, Entry, Store } from './store.ts';

interface Watcher {
  readonly target: Target;
  readonly response: ServerResponse;
  readonly selected: ((entry: Entry) => boolean) | undefined;
  readonly bookmarks: boolean;
  stalled: boolean;
}

/** The open watches, and what can go wrong with them. */
export class Watchers {
  readonly #store: Store;
  readonly #open = new Set<Watcher>();
  readonly #timer: NodeJS.Timeout;

  constructor(store: Store, bookmarkMs: number) {
    this.#store = store;
    store.onChange((change) => this.#deliver(change));
    this.#timer = setInterval(() => this.bookmark(), bookmarkMs);
    this.#timer.unref();
  }

  get size(): number {
    return this.#open.size;
  }

  /** @throws ApiStatus 410 when the resourceVersion is compacted away */
  start(target: Target, query: URLSearchParams, response: ServerResponse): void {
    const missed = this.#store.since(target.resource, Number(query.get('resourceVersion') ?? 0));
    const bookmarks = query.get('allowWatchBookmarks') === 'true';
    const watcher: Watcher = { target, response, selected: selector(query), bookmarks, stalled: false };
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();
    this.#open.add(watcher);
    for (const change of missed) send(watcher, change);
    const ended = setTimeout(() => response.end(), Number(query.get('timeoutSeconds') ?? 1800) * 1000);
    response.on('close', () => {
      clearTimeout(ended);
      this.#open.delete(watcher);
    });
  }

  /** Sends a bookmark with the current resourceVersion to every watch that asked for them. */
  bookmark(): void {
    for (const watcher of this.#open) {
      const { target, response, bookmarks, stalled } = watcher;
      if (!bookmarks || stalled) continue;
      const metadata = { resourceVersion: String(this.#store.resourceVersion), creationTimestamp: null };
      const object = { kind: target.resource.kind, apiVersion: apiVersionOf(target.resource), metadata };
      response.write(`${JSON.stringify({ type: 'BOOKMARK', object })}\n`);
    }
  }

  /** Breaks the connections, as a dying API server does. */
  cut(): void {
    for (const { response } of this.#open) response.destroy();
  }

  /** Ends the streams in good order, as the API server does after timeoutSeconds. */
  end(): void {
    for (const { response } of this.#open) response.end();
  }

  /** The watches that are open now say nothing any more, not even bookmarks; new ones work. */
  stall(): void {
    for (const watcher of this.#open) watcher.stalled = true;
  }

  /** Sends an ERROR event and ends the stream. */
  fail(status: ApiStatus): void {
    for (const { response } of this.#open) response.end(errorLine(status));
  }

  /** Writes raw bytes into every stream, for what no API server should send. */
  inject(bytes: Buffer | string): void {
    for (const { response } of this.#open) response.write(bytes);
  }

  /** Ends the watches of a resource that is no more. */
  endOf(key: string): void {
    for (const { target, response } of this.#open) if (keyOf(target.resource) === key) response.end();
  }

  close(): void {
    clearInterval(this.#timer);
    this.cut();
  }

  #deliver(change: Change): void {
    for (const watcher of this.#open) if (!watcher.stalled) send(watcher, change);
  }
}

export function errorLine(status: ApiStatus): string {
  return `${JSON.stringify({ type: 'ERROR', object: status.body })}\n`;
}

function send({ target, response, selected }: Watcher, change: Change): void {
  if (change.resource !== keyOf(target.resource)) return;
  if (target.namespace !== undefined && !change.entry.key.startsWith(`${target.namespace}/`)) return;
  const type = selected === undefined ? change.type : selectedType(selected, change);
  if (type !== undefined) response.write(`{"type":"${type}","object":${change.entry.json}}\n`);
}

/** An object that leaves a selection is deleted for the watch, one that enters it is added. */
function selectedType(
  selected: (entry: Entry) => boolean,
  { type, entry, before }: Change,
): Change['type'] | undefined {
  const was = before !== undefined && selected(before);
  if (type === 'DELETED') return was ? type : undefined;
  if (!selected(entry)) return was ? 'DELETED' : undefined;
  return was ? 'MODIFIED' : 'ADDED';
}
