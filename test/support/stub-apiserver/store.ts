import { randomUUID } from 'node:crypto';
import { ApiStatus } from './api-status.ts';
import { apiVersionOf, keyOf, type Resource } from './resources.ts';

export interface Metadata {
  name?: string;
  generateName?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  creationTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  [more: string]: unknown;
}

/** Any Kubernetes object. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: Metadata;
  [more: string]: unknown;
}

/** An object as stored: text, so that nobody can change it in place and 100,000 of them stay small. */
export interface Entry {
  readonly key: string;
  readonly uid: string;
  readonly resourceVersion: number;
  readonly json: string;
}

export interface Change {
  readonly resource: string;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resourceVersion: number;
  readonly entry: Entry;
  /** What it was before; undefined for ADDED. */
  readonly before: Entry | undefined;
}

/** How many changes a watch can go back. */
const HISTORY = 20_000;

/** All objects, one counter of resourceVersions, and the recent changes. Synchronous: each call is one transaction. */
export class Store {
  readonly #objects = new Map<string, Map<string, Entry>>();
  readonly #listeners = new Set<(change: Change) => void>();
  #history: Change[] = [];
  /** Watches from before this are answered with 410. */
  #compactedAt = 1_000;
  #resourceVersion = 1_000;

  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  get(resource: Resource, namespace: string | undefined, name: string): Entry {
    const entry = this.#of(resource).get(objectKey(namespace, name));
    if (entry === undefined) throw new ApiStatus(404, `${resource.plural} "${name}" not found`);
    return entry;
  }

  has(resource: Resource, namespace: string | undefined, name: string): boolean {
    return this.#of(resource).has(objectKey(namespace, name));
  }

  /** @returns the entries in etcd's order, of one namespace or of all. */
  list(resource: Resource, namespace?: string): Entry[] {
    const all = [...this.#of(resource).values()];
    const wanted = namespace === undefined ? all : all.filter(({ key }) => key.startsWith(`${namespace}/`));
    return wanted.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** @throws ApiStatus 409 AlreadyExists */
  create(resource: Resource, object: KubeObject): Entry {
    const metadata = { ...object.metadata, uid: randomUUID(), creationTimestamp: seconds() };
    return this.createAs(resource, { ...object, metadata });
  }

  /** As `create`, with the uid that the object has already: no API server takes one. @throws ApiStatus 409 AlreadyExists */
  createAs(resource: Resource, object: KubeObject): Entry {
    const name = object.metadata?.name ?? '';
    if (this.has(resource, object.metadata?.namespace, name)) {
      throw new ApiStatus(409, `${resource.plural} "${name}" already exists`, 'AlreadyExists');
    }
    return this.#write(resource, 'ADDED', object);
  }

  /** Replaces; a write that changes nothing keeps the resourceVersion, as the API server does. */
  update(resource: Resource, object: KubeObject): Entry {
    const { namespace, name = '' } = object.metadata ?? {};
    const before = this.get(resource, namespace, name);
    const sent = object.metadata?.resourceVersion;
    if (sent !== undefined && sent !== String(before.resourceVersion)) {
      throw new ApiStatus(
        409,
        `Operation cannot be fulfilled on ${resource.plural} "${name}": the object has been modified`,
      );
    }
    if (serialize(resource, object, before.resourceVersion) === before.json) return before;
    return this.#write(resource, 'MODIFIED', object, before);
  }

  delete(resource: Resource, namespace: string | undefined, name: string): Entry {
    const before = this.get(resource, namespace, name);
    return this.#write(resource, 'DELETED', JSON.parse(before.json), before);
  }

  /** @returns the changes after `resourceVersion`. @throws ApiStatus 410 when they are compacted away */
  since(resource: Resource, resourceVersion: number): Change[] {
    if (resourceVersion < this.#compactedAt) {
      throw new ApiStatus(410, `too old resource version: ${resourceVersion} (${this.#compactedAt})`);
    }
    const key = keyOf(resource);
    return this.#history.filter((change) => change.resourceVersion > resourceVersion && change.resource === key);
  }

  /** Forgets history: watches from older resourceVersions get 410. The counter moves on, so "now" is never too old. */
  compact(): void {
    this.#resourceVersion++;
    this.#compactedAt = this.#resourceVersion;
    this.#history = [];
  }

  onChange(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #write(resource: Resource, type: Change['type'], object: KubeObject, before?: Entry): Entry {
    const resourceVersion = ++this.#resourceVersion;
    const key = objectKey(object.metadata?.namespace, object.metadata?.name ?? '');
    const json = serialize(resource, object, resourceVersion);
    const entry = { key, uid: object.metadata?.uid ?? '', resourceVersion, json };
    if (type === 'DELETED') this.#of(resource).delete(key);
    else this.#of(resource).set(key, entry);
    this.#remember({ resource: keyOf(resource), type, resourceVersion, entry, before });
    return entry;
  }

  #remember(change: Change): void {
    this.#history.push(change);
    if (this.#history.length > HISTORY * 2) {
      this.#history = this.#history.slice(-HISTORY);
      this.#compactedAt = (this.#history[0]?.resourceVersion ?? 1) - 1;
    }
    for (const listener of this.#listeners) listener(change);
  }

  #of(resource: Resource): Map<string, Entry> {
    const key = keyOf(resource);
    let objects = this.#objects.get(key);
    if (objects === undefined) {
      objects = new Map();
      this.#objects.set(key, objects);
    }
    return objects;
  }
}

function serialize(resource: Resource, object: KubeObject, resourceVersion: number): string {
  const metadata = { ...object.metadata, resourceVersion: String(resourceVersion) };
  return JSON.stringify({ ...object, kind: resource.kind, apiVersion: apiVersionOf(resource), metadata });
}

function objectKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

function seconds(): string {
  return new Date().toISOString().replace(/\.\d+Z$/, 'Z');
}
