import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../control-plane/free-port.ts';
import { ApiStatus } from './api-status.ts';
import { serveCrds } from './crds.ts';
import { type FaultAction, Faults, type Verb } from './faults.ts';
import { answer, readBody, verbOf } from './http-io.ts';
import { kubeconfigFor } from './kubeconfig-for.ts';
import { Pages } from './pages.ts';
import { RequestLog } from './request-log.ts';
import { Registry, type Resource, type Target } from './resources.ts';
import { type Entry, type KubeObject, Store } from './store.ts';
import { errorLine, Watchers } from './watchers.ts';
import { type Body, Writes } from './writes.ts';

export interface StubOptions {
  /** PEM; makes it an HTTPS server. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** How often open watches get a bookmark (default 1 s; the real one about 60 s). */
  readonly bookmarkMs?: number;
  /** Namespaces there from the start (default `default`, `kube-system`). */
  readonly namespaces?: readonly string[];
  /** Resources there from the start besides the built-in ones (IP_ADDRESS_POOL). */
  readonly resources?: readonly Resource[];
}

/**
 * An API server in memory, over HTTP: list with limit and continue, watch with bookmarks, resourceVersions, create,
 * replace, patch (JSON, merge; apply as merge), delete with preconditions, dry run of create, status subresources,
 * CRDs. It does not validate, default, authorize or call webhooks. Faults are added with `faults` and `watchers`.
 *
 * ```ts
 * const stub = await StubApiServer.start();
 * stub.put(SERVICE_PATH, { metadata: { namespace: 'default', name: 'a' } });   // past HTTP and namespace checks
 * stub.faults.add({ verb: 'list', action: { kind: 'answer', status: 503 } });
 * stub.watchers.cut();
 * await stub.stop();
 * ```
 */
export class StubApiServer {
  readonly store = new Store();
  readonly registry = new Registry();
  readonly faults = new Faults();
  readonly requests = new RequestLog();
  readonly watchers: Watchers;
  readonly #pages = new Pages(this.store);
  readonly #writes = new Writes(this.store);
  readonly #options: StubOptions;
  #server: http.Server | undefined;
  #port = 0;
  #token: string | undefined;

  constructor(options: StubOptions = {}) {
    this.#options = options;
    this.watchers = new Watchers(this.store, options.bookmarkMs ?? 1_000);
    serveCrds(this);
    for (const resource of options.resources ?? []) this.registry.add(resource);
    for (const name of options.namespaces ?? ['default', 'kube-system']) {
      this.put('/api/v1/namespaces', { metadata: { name, labels: { 'kubernetes.io/metadata.name': name } } });
    }
  }

  static async start(options: StubOptions = {}): Promise<StubApiServer> {
    const stub = new StubApiServer(options);
    await stub.listen();
    return stub;
  }

  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${this.#port}`;
  }

  /** Starts to listen, again on the same port after `refuse`. */
  async listen(): Promise<void> {
    const { tls } = this.#options;
    this.#port ||= await freePort();
    const handler: http.RequestListener = (request, response) => void this.#handle(request, response);
    const server = tls === undefined ? http.createServer(handler) : https.createServer({ ...tls }, handler);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
  }

  /** Stops to listen and breaks every connection: ECONNREFUSED until `listen`. */
  async refuse(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  async stop(): Promise<void> {
    this.watchers.close();
    await this.refuse();
  }

  /** From now on a request without this bearer token is answered with 401. */
  requireToken(token: string): void {
    this.#token = token;
  }

  /** Forgets history and open lists: old resourceVersions and continue tokens get 410. */
  compact(): void {
    this.store.compact();
    this.#pages.forget();
  }

  /** Creates or replaces, past HTTP. @param collection path of the collection, without a namespace */
  put(collection: string, object: KubeObject): Entry {
    const { resource } = this.registry.parse(collection);
    const { namespace, name = '' } = object.metadata ?? {};
    if (!this.store.has(resource, namespace, name)) return this.store.create(resource, object);
    const stored: KubeObject = JSON.parse(this.store.get(resource, namespace, name).json);
    const { uid, creationTimestamp } = stored.metadata ?? {};
    const kept = {
      ...(uid === undefined ? {} : { uid }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    };
    const { resourceVersion: _any, ...metadata } = object.metadata ?? {};
    return this.store.update(resource, { ...object, metadata: { ...metadata, ...kept } });
  }

  /** Reads, past HTTP. */
  read(path: string): KubeObject | undefined {
    const { resource, namespace, name = '' } = this.registry.parse(path);
    return this.store.has(resource, namespace, name)
      ? JSON.parse(this.store.get(resource, namespace, name).json)
      : undefined;
  }

  /** Deletes, past HTTP. */
  remove(path: string): void {
    const { resource, namespace, name = '' } = this.registry.parse(path);
    this.store.delete(resource, namespace, name);
  }

  /** A kubeconfig for this server, as text (JSON is YAML). */
  kubeconfig(user: object = {}): string {
    return kubeconfigFor(this.url, this.#options.tls?.cert, user);
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url);
    const verb = verbOf(request.method ?? 'GET', url);
    try {
      const body = await readBody(request);
      const { headers, socket } = request;
      const remotePort = socket.remotePort;
      this.requests.add({ verb, path: url.pathname, query: url.searchParams, headers, remotePort });
      const fault = this.faults.take(verb, url.pathname);
      if (fault !== undefined && !(await this.#injected(fault, response))) return;
      this.#authenticate(request);
      const target = this.registry.parse(url.pathname);
      if (verb === 'watch') return this.#watch({ target, url, response, fault });
      const dry = verb === 'create' && url.searchParams.get('dryRun') === 'All';
      const text = dry ? JSON.stringify(body.json) : this.#perform(verb, target, { url, body });
      if (fault?.kind === 'drop-after-commit') response.destroy();
      else answer(response, verb === 'create' ? 201 : 200, text);
    } catch (error) {
      const status = error instanceof ApiStatus ? error : new ApiStatus(500, String(error));
      answer(response, status.code, JSON.stringify(status.body));
    }
  }

  /** @returns whether the request goes on to be done */
  async #injected(fault: FaultAction, response: http.ServerResponse): Promise<boolean> {
    switch (fault.kind) {
      case 'answer':
        if (fault.retryAfterSeconds !== undefined) response.setHeader('Retry-After', String(fault.retryAfterSeconds));
        throw new ApiStatus(fault.status, fault.message ?? `injected ${fault.status}`);
      case 'delay':
        await sleep(fault.ms);
        return true;
      case 'run':
        fault.run();
        return true;
      case 'drop':
        response.destroy();
        return false;
      case 'hang':
        return false;
      case 'drop-after-commit':
      case 'error-event':
        return true;
    }
  }

  #watch({ target, url, response, fault }: WatchRequest): void {
    if (fault?.kind === 'error-event') {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(errorLine(new ApiStatus(fault.status, `injected ${fault.status}`)));
    } else this.watchers.start(target, url.searchParams, response);
  }

  #perform(verb: Exclude<Verb, 'watch'>, target: Target, { url, body }: { url: URL; body: Body }): string {
    switch (verb) {
      case 'list':
        return target.name === undefined ? this.#pages.list(target, url.searchParams) : this.#get(target);
      case 'get':
        return this.#get(target);
      case 'create':
        return this.#writes.create(target, body).json;
      case 'update':
        return this.#writes.replace(target, body).json;
      case 'patch':
        return this.#writes.patch(target, body).json;
      case 'delete':
        return this.#writes.delete(target, body).json;
    }
  }

  #get({ resource, namespace, name = '' }: Target): string {
    return this.store.get(resource, namespace, name).json;
  }

  #authenticate(request: http.IncomingMessage): void {
    if (this.#token === undefined || request.headers.authorization === `Bearer ${this.#token}`) return;
    throw new ApiStatus(401, 'Unauthorized');
  }
}

interface WatchRequest {
  readonly target: Target;
  readonly url: URL;
  readonly response: http.ServerResponse;
  readonly fault: FaultAction | undefined;
}
