import type { IncomingMessage } from 'node:http';
import type { Cluster } from './cluster.ts';
import type { Connection } from './credentials.ts';
import { Deadline } from './deadline.ts';
import { failureOf, KubeError, type KubeFailure, type RequestLine } from './errors.ts';
import { stringAt } from './json.ts';
import type { CallOptions, DeleteOptions, KubeClient, ListOptions, ListPage, Patch } from './kube-client.ts';
import { ListReader, type ReadList } from './list-reader.ts';
import { send, TransportError } from './transport.ts';

export interface ClientOptions {
  /** The version of holdfast, for the user agent. */
  readonly version: string;
  readonly timeoutMs?: number;
}

const PATCH_TYPE: Readonly<Record<Patch['kind'], string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

interface Call extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
}

/** @returns a client for this cluster; nothing is sent yet. */
export function createClient(cluster: Cluster, options: ClientOptions): KubeClient {
  return new HttpKubeClient(cluster, options);
}

class HttpKubeClient implements KubeClient {
  readonly server: string;
  readonly #cluster: Cluster;
  readonly #userAgent: string;
  readonly #timeoutMs: number;

  constructor(cluster: Cluster, { version, timeoutMs = 10_000 }: ClientOptions) {
    this.#cluster = cluster;
    this.server = new URL(cluster.server).origin;
    this.#userAgent = `holdfast/${version}`;
    this.#timeoutMs = timeoutMs;
  }

  get(path: string, options: CallOptions = {}): Promise<unknown> {
    return this.#json({ ...options, method: 'GET', path });
  }

  list(path: string, options?: ListOptions): AsyncGenerator<ListPage<unknown>> {
    return this.listTaking(path, (item) => item, options);
  }

  async *listTaking<T>(
    path: string,
    take: (item: unknown) => T,
    { pageSize = 500, ...options }: ListOptions = {},
  ): AsyncGenerator<ListPage<T>> {
    let next: string | undefined;
    do {
      const query = { ...options.query, limit: String(pageSize), ...(next === undefined ? {} : { continue: next }) };
      const { items, envelope } = await this.#page({ ...options, query, method: 'GET', path }, take);
      yield { items, resourceVersion: stringAt(envelope, 'metadata', 'resourceVersion') ?? '' };
      next = stringAt(envelope, 'metadata', 'continue');
    } while (next !== undefined && next !== '');
  }

  create(path: string, body: unknown, options: CallOptions = {}): Promise<unknown> {
    return this.#json({ ...options, method: 'POST', path, body });
  }

  replace(path: string, body: unknown, options: CallOptions = {}): Promise<unknown> {
    return this.#json({ ...options, method: 'PUT', path, body });
  }

  patch(path: string, patch: Patch, options: CallOptions = {}): Promise<unknown> {
    const contentType = PATCH_TYPE[patch.kind];
    const body = patch.kind === 'json' ? patch.operations : patch.body;
    if (patch.kind !== 'apply') return this.#json({ ...options, method: 'PATCH', path, body, contentType });
    const query = { ...options.query, fieldManager: patch.fieldManager, force: String(patch.force ?? false) };
    return this.#json({ ...options, query, method: 'PATCH', path, body, contentType });
  }

  delete(path: string, { uid, resourceVersion, ...options }: DeleteOptions = {}): Promise<unknown> {
    const preconditions = {
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    };
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions };
    return this.#json({ ...options, method: 'DELETE', path, body });
  }

  async stream(path: string, options: CallOptions = {}): Promise<AsyncIterable<Buffer>> {
    const call: Call = { ...options, method: 'GET', path };
    const deadline = new Deadline(options.timeoutMs ?? this.#timeoutMs, options.signal);
    const response = await this.#exchange(call, deadline).catch((error: unknown) => {
      deadline.end();
      throw error;
    });
    if (!isOk(response)) {
      const body = await this.#readJson(call, response, deadline).finally(() => deadline.end());
      throw this.#refused(call, response, body);
    }
    deadline.stopClock();
    return this.#chunks(call, response, deadline);
  }

  close(): void {
    this.#cluster.credentials.close();
  }

  #json(call: Call): Promise<unknown> {
    return this.#answer(call, (response, deadline) => this.#readJson(call, response, deadline));
  }

  #page<T>(call: Call, take: (item: unknown) => T): Promise<ReadList<T>> {
    return this.#answer(call, async (response, deadline) => {
      try {
        const reader = new ListReader(take);
        for await (const chunk of response) reader.write(chunk as Buffer);
        return reader.end();
      } catch (error) {
        return this.#fail(call, error, deadline);
      }
    });
  }

  /** @param read reads the body of an answer that counts */
  async #answer<T>(call: Call, read: (response: IncomingMessage, deadline: Deadline) => Promise<T>): Promise<T> {
    const deadline = new Deadline(call.timeoutMs ?? this.#timeoutMs, call.signal);
    try {
      const response = await this.#exchange(call, deadline);
      if (isOk(response)) return await read(response, deadline);
      throw this.#refused(call, response, await this.#readJson(call, response, deadline));
    } finally {
      deadline.end();
    }
  }

  /** Sends, and once more with fresh credentials after a 401. */
  async #exchange(call: Call, deadline: Deadline): Promise<IncomingMessage> {
    try {
      const response = await this.#sendPastStaleSocket(call, deadline);
      if (response.statusCode !== 401) return response;
      response.resume();
      this.#cluster.credentials.refresh();
      return await this.#sendOnce(call, deadline);
    } catch (error) {
      return this.#fail(call, error, deadline);
    }
  }

  /** A kept socket may have been closed by the server just now: a GET is simply sent again. */
  async #sendPastStaleSocket(call: Call, deadline: Deadline): Promise<IncomingMessage> {
    try {
      return await this.#sendOnce(call, deadline);
    } catch (error) {
      const again = call.method === 'GET' && error instanceof TransportError && error.staleSocket && !deadline.over;
      if (!again) throw error;
      return this.#sendOnce(call, deadline);
    }
  }

  async #sendOnce(call: Call, deadline: Deadline): Promise<IncomingMessage> {
    const url = new URL(this.#cluster.server + call.path);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    const type = body === undefined ? {} : { 'Content-Type': call.contentType ?? 'application/json' };
    const headers = { Accept: 'application/json', 'User-Agent': this.#userAgent, ...type };
    const connection = await this.#connection(call, deadline);
    return send({ method: call.method, url, connection, headers, body, signal: deadline.signal });
  }

  async #connection(call: Call, deadline: Deadline): Promise<Connection> {
    try {
      return await deadline.race(this.#cluster.credentials.current());
    } catch (error) {
      if (deadline.over) throw error;
      const message = `no credentials: ${error instanceof Error ? error.message : String(error)}`;
      throw new KubeError({ kind: 'unauthorized', status: 0, message }, this.#line(call), { cause: error });
    }
  }

  async #readJson(call: Call, response: IncomingMessage, deadline: Deadline): Promise<unknown> {
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      return parseOrText(chunks, isOk(response));
    } catch (error) {
      return this.#fail(call, error, deadline);
    }
  }

  async *#chunks(call: Call, response: IncomingMessage, deadline: Deadline): AsyncGenerator<Buffer> {
    try {
      yield* response as AsyncIterable<Buffer>;
    } catch (error) {
      this.#fail(call, error, deadline);
    } finally {
      deadline.end();
      response.destroy();
    }
  }

  #refused(call: Call, response: IncomingMessage, body: unknown): KubeError {
    const seconds = Number(response.headers['retry-after']);
    const wait = Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {};
    const status = response.statusCode ?? 0;
    const maybeApplied = call.method !== 'GET' && (status === 504 || status === 502);
    return new KubeError(failureOf(status, body), this.#line(call), { ...wait, maybeApplied });
  }

  /** Turns whatever ended a request without an answer into a KubeError. */
  #fail(call: Call, error: unknown, deadline: Deadline): never {
    if (error instanceof KubeError) throw error;
    const cause = error instanceof Error ? error : new Error(String(error));
    const arrived = error instanceof TransportError ? error.mayHaveArrived : true;
    const detail = { ...codeOf(cause), cause, maybeApplied: call.method !== 'GET' && arrived };
    throw new KubeError(deadline.failure ?? unreachable(cause), this.#line(call), detail);
  }

  #line({ method, path }: Call): RequestLine {
    return { method, path, server: this.server };
  }
}

function isOk(response: IncomingMessage): boolean {
  return response.statusCode !== undefined && response.statusCode >= 200 && response.statusCode < 300;
}

/** An error page of something between us and the API server need not be JSON; an answer that counts must be. */
function parseOrText(chunks: readonly Buffer[], mustParse: boolean): unknown {
  const text = Buffer.concat(chunks).toString('utf8');
  try {
    return JSON.parse(text);
  } catch (error) {
    if (mustParse) throw error;
    return { message: text.slice(0, 300).trim() || undefined };
  }
}

function codeOf(error: Error): { readonly code?: string } {
  return 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
}

function unreachable(cause: Error): KubeFailure {
  return { kind: 'unavailable', status: 0, message: cause.message || 'the connection broke off' };
}
