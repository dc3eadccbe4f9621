import { ApiStatus } from './api-status.ts';

/** A kind of object that the stub serves. */
export interface Resource {
  /** `/api/v1` or `/apis/GROUP/VERSION`. */
  readonly prefix: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Whether `/status` is a subresource, so that the main path does not write status. */
  readonly status: boolean;
}

/** What a path names. Without `name` it is the collection. */
export interface Target {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';

const BUILT_IN: readonly Resource[] = [
  { prefix: '/api/v1', plural: 'services', kind: 'Service', namespaced: true, status: true },
  { prefix: '/api/v1', plural: 'namespaces', kind: 'Namespace', namespaced: false, status: true },
  { prefix: '/api/v1', plural: 'secrets', kind: 'Secret', namespaced: true, status: false },
  { prefix: '/api/v1', plural: 'configmaps', kind: 'ConfigMap', namespaced: true, status: false },
  { prefix: '/api/v1', plural: 'events', kind: 'Event', namespaced: true, status: false },
  { prefix: '/apis/events.k8s.io/v1', plural: 'events', kind: 'Event', namespaced: true, status: false },
  { prefix: '/apis/coordination.k8s.io/v1', plural: 'leases', kind: 'Lease', namespaced: true, status: false },
  resource(ADMISSION, 'ValidatingWebhookConfiguration'),
  resource(ADMISSION, 'MutatingWebhookConfiguration'),
  resource(ADMISSION, 'ValidatingAdmissionPolicy'),
  resource(ADMISSION, 'ValidatingAdmissionPolicyBinding'),
  { ...resource('/apis/apiextensions.k8s.io/v1', 'CustomResourceDefinition'), status: true },
];

/** metallb.io/v1beta1 IPAddressPool; not there until added, as in a cluster without MetalLB's CRDs. */
export const IP_ADDRESS_POOL: Resource = {
  prefix: '/apis/metallb.io/v1beta1',
  plural: 'ipaddresspools',
  kind: 'IPAddressPool',
  namespaced: true,
  status: false,
};

/** Which resources exist; CRDs come and go. */
export class Registry {
  readonly #resources = new Map<string, Resource>(BUILT_IN.map((each) => [keyOf(each), each]));

  add(each: Resource): void {
    this.#resources.set(keyOf(each), each);
  }

  remove(each: Pick<Resource, 'prefix' | 'plural'>): void {
    this.#resources.delete(keyOf(each));
  }

  /** @throws ApiStatus 404 as the API server for a path that it does not serve. */
  parse(path: string): Target {
    const target = this.#parse(path.split('/').slice(1).map(decodeURIComponent));
    if (target === undefined) throw new ApiStatus(404, 'the server could not find the requested resource');
    return target;
  }

  #parse(segments: readonly string[]): Target | undefined {
    const prefixLength = segments[0] === 'api' ? 2 : 3;
    const prefix = `/${segments.slice(0, prefixLength).join('/')}`;
    const [first, second, third, ...rest] = segments.slice(prefixLength);
    if (first === 'namespaces' && second !== undefined && third !== undefined && third !== 'status') {
      return this.#target(`${prefix}/${third}`, second, rest);
    }
    const below = [second, third, ...rest].filter((segment) => segment !== undefined);
    return first === undefined ? undefined : this.#target(`${prefix}/${first}`, undefined, below);
  }

  #target(key: string, namespace: string | undefined, [name, subresource]: readonly string[]): Target | undefined {
    const found = this.#resources.get(key);
    if (found === undefined || (subresource !== undefined && !(subresource === 'status' && found.status))) {
      return undefined;
    }
    return { resource: found, namespace, name, subresource };
  }
}

export function keyOf({ prefix, plural }: Pick<Resource, 'prefix' | 'plural'>): string {
  return `${prefix}/${plural}`;
}

/** `v1`, `metallb.io/v1beta1`. */
export function apiVersionOf({ prefix }: Resource): string {
  return prefix.replace(/^\/apis?\//, '');
}

function resource(prefix: string, kind: string): Resource {
  const plural = `${kind.toLowerCase()}s`.replace(/ys$/, 'ies');
  return { prefix, plural, kind, namespaced: false, status: false };
}
