import type { ServiceView } from '../../../src/core/service-view.ts';
import type { JsonObject } from '../../../src/review/json.ts';
import { serviceToView } from '../../../src/review/service-to-view.ts';

/** A core/v1 Service as the simulated API server stores it; never changed in place. */
export interface SimService extends JsonObject {
  readonly metadata: {
    readonly namespace: string;
    readonly name: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly type: string; readonly ports: readonly SimPort[]; readonly [key: string]: unknown };
  readonly status: { readonly loadBalancer: { readonly ingress?: readonly { readonly ip: string }[] } };
}

interface SimPort {
  readonly protocol: string;
  readonly port: number;
}

export const NAMESPACE = 'default';
export const REQUEST = 'metallb.universe.tf/loadBalancerIPs';
export const SHARING = 'metallb.universe.tf/allow-shared-ip';
export const ALLOCATED_FROM = 'metallb.universe.tf/ip-allocated-from-pool';

export function ipsOf(service: SimService): readonly string[] {
  return (service.status.loadBalancer.ingress ?? []).map(({ ip }) => ip);
}

export function withIps(service: SimService, ips: readonly string[]): SimService {
  const loadBalancer = ips.length === 0 ? {} : { ingress: ips.map((ip) => ({ ip })) };
  return { ...service, status: { loadBalancer } };
}

/** The Service with these annotations; undefined takes one away. */
export function annotated(service: SimService, changes: Readonly<Record<string, string | undefined>>): SimService {
  const kept = Object.entries({ ...service.metadata.annotations, ...changes }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return { ...service, metadata: { ...service.metadata, annotations: Object.fromEntries(kept) } };
}

export function annotationOf(service: SimService, key: string): string | undefined {
  return service.metadata.annotations?.[key];
}

export function versionOf(service: SimService): number {
  return Number(service.metadata.resourceVersion ?? 0);
}

const views = new WeakMap<SimService, ServiceView>();

/** The Service in the words of the core. */
export function viewOf(service: SimService): ServiceView {
  const known = views.get(service);
  if (known !== undefined) return known;
  const view = serviceToView(service);
  views.set(service, view);
  return view;
}

/** For traces: `a@12 [10.0.0.1]`. */
export function describe(service: SimService): string {
  const { name, resourceVersion = '-' } = service.metadata;
  const request = annotationOf(service, REQUEST);
  const pin = annotationOf(service, 'holdfast.dev/pin') === request ? 'pin' : 'request';
  const key = annotationOf(service, SHARING);
  const marks = [
    service.spec.type === 'LoadBalancer' ? '' : ` ${service.spec.type}`,
    request === undefined ? '' : ` ${pin}=${request}`,
    key === undefined ? '' : ` share=${key}:${service.spec.ports[0]?.port}`,
    service.metadata.deletionTimestamp === undefined ? '' : ' deleting',
  ];
  return `${name}@${resourceVersion} [${ipsOf(service).join()}]${marks.join('')}`;
}
