import { randomBytes } from 'node:crypto';
import { ApiStatus } from './api-status.ts';
import { applyPatch } from './patches.ts';
import { keyOf, type Resource, type Target } from './resources.ts';
import type { Entry, KubeObject, Store } from './store.ts';

const NAMESPACE_KEY = '/api/v1/namespaces';
const NAMESPACES = { prefix: '/api/v1', plural: 'namespaces', kind: 'Namespace', namespaced: false, status: true };

export interface Body {
  readonly contentType: string;
  readonly json: unknown;
}

/** POST, PUT, PATCH and DELETE on the store, by the API server's rules. */
export class Writes {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  create(target: Target, body: Body): Entry {
    const sent = body.json as KubeObject;
    const name = sent.metadata?.name ?? `${sent.metadata?.generateName ?? 'x-'}${randomBytes(3).toString('hex')}`;
    const { resourceVersion: _ignored, ...metadata } = sent.metadata ?? {};
    this.#needNamespace(target);
    return this.#store.create(target.resource, { ...sent, metadata: { ...metadata, ...place(target), name } });
  }

  replace(target: Target, body: Body): Entry {
    return this.#update(target, body.json as KubeObject);
  }

  patch(target: Target, { contentType, json }: Body): Entry {
    const { resource, namespace, name = '' } = target;
    if (contentType.startsWith('application/apply-patch') && !this.#store.has(resource, namespace, name)) {
      return this.create(target, { contentType, json });
    }
    const stored = JSON.parse(this.#store.get(resource, namespace, name).json);
    return this.#update(target, applyPatch(contentType, stored, json) as KubeObject);
  }

  delete({ resource, namespace, name = '' }: Target, body: Body): Entry {
    const entry = this.#store.get(resource, namespace, name);
    const wanted = (body.json as { preconditions?: { uid?: string; resourceVersion?: string } } | undefined)
      ?.preconditions;
    const otherUid = wanted?.uid !== undefined && wanted.uid !== entry.uid;
    const changed = wanted?.resourceVersion !== undefined && wanted.resourceVersion !== String(entry.resourceVersion);
    if (otherUid || changed) throw new ApiStatus(409, `Precondition failed on ${resource.plural} "${name}"`);
    return this.#store.delete(resource, namespace, name);
  }

  /** A main path keeps the stored status; `/status` takes status, labels and annotations only. */
  #update(target: Target, sent: KubeObject): Entry {
    const { resource, namespace, name = '', subresource } = target;
    const stored: KubeObject = JSON.parse(this.#store.get(resource, namespace, name).json);
    const { uid, creationTimestamp } = stored.metadata ?? {};
    const metadata = { ...sent.metadata, ...place(target), name, uid, creationTimestamp } as KubeObject['metadata'] &
      object;
    if (subresource === 'status') {
      return this.#store.update(resource, { ...stored, metadata, status: sent.status });
    }
    const { status: _sent, ...rest } = sent;
    const status = resource.status ? stored.status : sent.status;
    return this.#store.update(resource, { ...rest, metadata, ...(status === undefined ? {} : { status }) });
  }

  #needNamespace({ resource, namespace }: Target): void {
    if (!resource.namespaced || namespace === undefined || keyOf(resource) === NAMESPACE_KEY) return;
    if (!this.#store.has(NAMESPACES, undefined, namespace))
      throw new ApiStatus(404, `namespaces "${namespace}" not found`);
  }
}

function place({ resource, namespace }: { resource: Resource; namespace: string | undefined }): { namespace?: string } {
  return resource.namespaced && namespace !== undefined ? { namespace } : {};
}
