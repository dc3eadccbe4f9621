import type { ServiceView } from '../../src/core/service-view.ts';
import type { JsonObject } from '../../src/review/json.ts';
import { serviceToView } from '../../src/review/service-to-view.ts';

/** A core/v1 Service in JSON, as far as tests shape it. */
export interface ServiceJson extends JsonObject {
  readonly metadata: { readonly [key: string]: unknown };
  readonly spec: { readonly [key: string]: unknown };
  readonly status: { readonly [key: string]: unknown };
}

/** Changes one thing of a Service; builders compose them: `service('a', ip('192.0.2.1'), sharing('k', 80))`. */
export type Mod = (service: ServiceJson) => ServiceJson;

/** A LoadBalancer Service in namespace `default`, IPv4, with uid `uid-<name>` and version 100. */
export function service(name: string, ...mods: readonly Mod[]): ServiceJson {
  const plain: ServiceJson = {
    metadata: {
      namespace: 'default',
      name,
      uid: `uid-${name}`,
      resourceVersion: '100',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: {
      type: 'LoadBalancer',
      clusterIPs: ['10.96.0.10'],
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      externalTrafficPolicy: 'Cluster',
      selector: { app: name },
      ports: [{ port: 80, protocol: 'TCP' }],
    },
    status: { loadBalancer: {} },
  };
  return mods.reduce((made, mod) => mod(made), plain);
}

/** A LoadBalancer Service that is being created: what the API server gives and defaults is not there yet. */
export function newService(name: string, ...mods: readonly Mod[]): ServiceJson {
  const bare = service(name, spec({ clusterIPs: undefined, ipFamilies: undefined, ipFamilyPolicy: undefined }));
  const { uid: _uid, resourceVersion: _version, creationTimestamp: _time, ...rest } = bare.metadata;
  return mods.reduce((made, mod) => mod(made), { ...bare, metadata: rest });
}

/** The same in the words of the core. */
export function view(name: string, ...mods: readonly Mod[]): ServiceView {
  return serviceToView(service(name, ...mods));
}

/** The IPs in the status, in this order and text form. */
export function ips(...texts: readonly string[]): Mod {
  return ingress(...texts.map((ip) => ({ ip, ipMode: 'VIP' })));
}

/** The ingress entries of the status, as they are. */
export function ingress(...entries: readonly JsonObject[]): Mod {
  return (made) => ({ ...made, status: { ...made.status, loadBalancer: entries.length ? { ingress: entries } : {} } });
}

export function metadata(fields: JsonObject): Mod {
  return (made) => ({ ...made, metadata: { ...made.metadata, ...fields } });
}

export function spec(fields: JsonObject): Mod {
  return (made) => ({ ...made, spec: { ...made.spec, ...fields } });
}

export function annotations(values: Readonly<Record<string, string>>): Mod {
  return (made) => metadata({ annotations: { ...(made.metadata.annotations as object), ...values } })(made);
}

export function version(resourceVersion: number): Mod {
  return metadata({ resourceVersion: String(resourceVersion) });
}

/** Shares under `key` on TCP `port`. */
export function sharing(key: string, port = 80): Mod {
  return (made) =>
    spec({ ports: [{ port, protocol: 'TCP' }] })(annotations({ 'metallb.io/allow-shared-ip': key })(made));
}

export function dualStack(): Mod {
  return spec({
    clusterIPs: ['10.96.0.10', 'fd00:10:96::a'],
    ipFamilies: ['IPv4', 'IPv6'],
    ipFamilyPolicy: 'PreferDualStack',
  });
}

/** A pin of holdfast's to these IPs (comma-separated). */
export function pinned(value: string, prefix = 'metallb.universe.tf'): Mod {
  return annotations({ [`${prefix}/loadBalancerIPs`]: value, 'holdfast.dev/pin': value });
}

/** An IP that the user asks for, by annotation. */
export function requested(value: string): Mod {
  return annotations({ 'metallb.io/loadBalancerIPs': value });
}

/** Pinned at CREATE by the review of this uid. */
export function createdBy(reviewUid: string): Mod {
  return annotations({ 'holdfast.dev/claim': reviewUid });
}
