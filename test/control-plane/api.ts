import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { ApiError } from './api-error.ts';
import type { KubeList, KubeObject, Query } from './kube-types.ts';
import { type WatchEvent, type WatchOptions, watchEvents } from './watch.ts';

export type ApiClientOptions = {
  /** e.g. `https://127.0.0.1:41234`. */
  readonly server: string;
  readonly token: string;
  /** PEM. */
  readonly ca: string;
  /** Calls under way at the same time, the others wait (default 64). */
  readonly maxSockets?: number;
};

export type ListOptions = {
  /** Objects per page (default 500). */
  readonly limit?: number;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
};

export type PatchKind = 'merge' | 'json' | 'strategic' | 'apply';

const patchTypes: Readonly<Record<PatchKind, string>> = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

type Call = {
  readonly method: string;
  readonly path: string;
  readonly query?: Query;
  readonly body?: unknown;
  readonly contentType?: string;
};

/** What came back, with the headers: the API server sends admission warnings as `warning` headers. */
export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

/**
 * An idle connection is closed by us, well before kube-apiserver closes it (90 s): a request that is sent just then
 * would fail with ECONNRESET. Requests in flight are not affected. Milliseconds.
 */
const IDLE_MS = 20_000;

/**
 * A REST client for one identity. Paths are those of the API, e.g. `/api/v1/namespaces/default/services/a`; a status
 * is written to `…/a/status`. Every method but {@link ApiClient.send} throws {@link ApiError} unless the answer is 2xx.
 */
export class ApiClient {
  readonly #options: ApiClientOptions;
  readonly #agent: Agent;
  /** Watches have sockets of their own, so that they never wait for one. */
  readonly #watchAgent: Agent;

  constructor(options: ApiClientOptions) {
    this.#options = options;
    this.#agent = new Agent({
      keepAlive: true,
      maxSockets: options.maxSockets ?? 64,
      timeout: IDLE_MS,
      ca: options.ca,
    });
    this.#watchAgent = new Agent({ keepAlive: false, ca: options.ca });
  }

  async get<T = KubeObject>(path: string, query?: Query): Promise<T> {
    return this.#json<T>({ method: 'GET', path, ...(query && { query }) });
  }

  /** All objects of a collection, page by page; the resourceVersion is the one to watch from. */
  async list<T = KubeObject>(path: string, options: ListOptions = {}): Promise<KubeList<T>> {
    const items: T[] = [];
    let token: string | undefined;
    for (;;) {
      const query: Query = { limit: 500, ...options, ...(token === undefined ? {} : { continue: token }) };
      const page = await this.get<KubeList<T>>(path, query);
      items.push(...page.items);
      token = page.metadata.continue;
      if (token === undefined || token === '') return { items, metadata: page.metadata };
    }
  }

  /** POST to a collection (or to a subresource such as `…/token`). */
  async create<T = KubeObject>(path: string, body: unknown, query?: Query): Promise<T> {
    return this.#json<T>({ method: 'POST', path, body, ...(query && { query }) });
  }

  async replace<T = KubeObject>(path: string, body: unknown, query?: Query): Promise<T> {
    return this.#json<T>({ method: 'PUT', path, body, ...(query && { query }) });
  }

  async patch<T = KubeObject>(path: string, kind: PatchKind, body: unknown, query?: Query): Promise<T> {
    return this.#json<T>({ method: 'PATCH', path, body, contentType: patchTypes[kind], ...(query && { query }) });
  }

  /** Server-side apply as field manager `control-plane`, taking conflicting fields. */
  async apply<T = KubeObject>(path: string, body: unknown): Promise<T> {
    return this.patch<T>(path, 'apply', body, { fieldManager: 'control-plane', force: true });
  }

  async delete(path: string, query?: Query): Promise<void> {
    await this.#json({ method: 'DELETE', path, ...(query && { query }) });
  }

  /** A text endpoint such as `/metrics` or `/readyz`. */
  async text(path: string): Promise<string> {
    return this.#ok({ method: 'GET', path });
  }

  /**
   * Every change of a collection after `resourceVersion`, in order. Ends when the server closes the connection or
   * `signal` aborts.
   * @throws ApiError with status 410 when `resourceVersion` is too old (list again), Error when the connection breaks.
   */
  watch<T = KubeObject>(path: string, options: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    const open = (query: Query, signal?: AbortSignal) =>
      this.#open({ method: 'GET', path, query }, this.#watchAgent, signal);
    return watchEvents<T>(open, path, options);
  }

  /** One call, whatever the answer: for tests of refusals and warnings. */
  async send(call: Call): Promise<Answer> {
    const response = await this.#open(call, this.#agent);
    return { status: response.statusCode ?? 0, headers: response.headers, body: await readAll(response) };
  }

  /** Closes idle connections. */
  close(): void {
    this.#agent.destroy();
    this.#watchAgent.destroy();
  }

  async #json<T>(call: Call): Promise<T> {
    return JSON.parse(await this.#ok(call)) as T;
  }

  async #ok(call: Call): Promise<string> {
    const { status, body } = await this.send(call);
    if (status >= 200 && status < 300) return body;
    throw new ApiError(`${call.method} ${call.path}`, status, body);
  }

  #open(call: Call, agent: Agent, signal?: AbortSignal): Promise<IncomingMessage> {
    const url = new URL(call.path, this.#options.server);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, String(value));
    const body = call.body === undefined ? undefined : Buffer.from(JSON.stringify(call.body));
    const headers = {
      authorization: `Bearer ${this.#options.token}`,
      accept: 'application/json',
      ...(body && { 'content-type': call.contentType ?? 'application/json', 'content-length': body.length }),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(url, { method: call.method, agent, headers, ...(signal && { signal }) });
      outgoing.once('response', resolve);
      outgoing.on('error', (error) =>
        reject(new Error(`${call.method} ${call.path}: ${error.message}`, { cause: error })),
      );
      outgoing.end(body);
    });
  }
}

export async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
