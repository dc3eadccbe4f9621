import { isKeptAnnotation, metallbAnnotation } from '../core/metallb/annotations.ts';
import type { SharingTerms } from '../core/metallb/sharing.ts';
import { canonicalSet, type Family, familyOf, type IpAddress, parseIp } from '../core/net/ip.ts';
import type { ServiceView } from '../core/service-view.ts';
import { Interned } from './interned.ts';
import { type JsonObject, objectAt, objectsAt, stringAt, stringMapAt, stringsAt, stringsOf } from './json.ts';

/** Turns a core/v1 Service, as the API server writes it, into the words of the core. Keeps nothing else of it. */
export function serviceToView(service: JsonObject): ServiceView {
  const metadata = objectAt(service, 'metadata');
  const spec = objectAt(service, 'spec');
  const annotations = keptAnnotations(metadata);
  const policy = stringAt(spec, 'ipFamilyPolicy');
  const type = words.same(stringAt(spec, 'type') ?? 'ClusterIP');
  return {
    ref: {
      namespace: words.same(stringAt(metadata, 'namespace') ?? ''),
      name: stringAt(metadata, 'name') ?? '',
      uid: stringAt(metadata, 'uid') ?? '',
    },
    version: versionOf(metadata),
    createdAt: Date.parse(stringAt(metadata, 'creationTimestamp') ?? '') || 0,
    deleting: stringAt(metadata, 'deletionTimestamp') !== undefined,
    type,
    lbClass: stringAt(spec, 'loadBalancerClass') || undefined,
    familyPolicy: policy === undefined ? undefined : words.same(policy),
    families: familyLists.same(stringsAt(spec, 'ipFamilies').filter(isFamily)),
    clusterIpFamilies: familyLists.same(clusterIps(spec).map(familyOf)),
    labels: sharedIfEmpty(stringMapAt(metadata, 'labels')),
    annotations: sharedIfEmpty(annotations),
    loadBalancerIp: stringAt(spec, 'loadBalancerIP') || undefined,
    sharing: sharingTerms(spec, annotations),
    ...assignedTo(type, service),
  };
}

/** The same Service with the status of `object`: what a write to `/status` makes of it. */
export function withStatusOf(view: ServiceView, object: JsonObject): ServiceView {
  return { ...view, ...assignedTo(view.type, object) };
}

function assignedTo(type: string, service: JsonObject): StatusIps {
  return type === 'LoadBalancer' ? statusIps(service) : NO_IPS;
}

/** A view is kept for each Service of the cluster; what most of them have in common is kept once. */
const words = new Interned<string>(String);
const portLists = new Interned<readonly string[]>((ports) => ports.join());
const familyLists = new Interned<readonly Family[]>((families) => families.join());
const NOTHING: Readonly<Record<string, string>> = Object.freeze({});

function sharedIfEmpty(strings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.keys(strings).length === 0 ? NOTHING : strings;
}

/** `metadata.resourceVersion` as a number; 0 when absent. */
export function versionOf(metadata: JsonObject): number {
  return Number(stringAt(metadata, 'resourceVersion') ?? 0) || 0;
}

function isFamily(text: string): text is Family {
  return text === 'IPv4' || text === 'IPv6';
}

/** `spec.clusterIPs`, or `spec.clusterIP` where only that is set (MetalLB ipfamily.ForService); "None" is no IP. */
function clusterIps(spec: JsonObject): readonly IpAddress[] {
  const several = stringsAt(spec, 'clusterIPs');
  const texts = several.length > 0 ? several : [stringAt(spec, 'clusterIP') ?? ''];
  return texts.flatMap((text) => parseIp(text) ?? []);
}

function keptAnnotations(metadata: JsonObject): Readonly<Record<string, string>> {
  return stringsOf(objectAt(metadata, 'annotations'), isKeptAnnotation);
}

function sharingTerms(spec: JsonObject, annotations: Readonly<Record<string, string>>): SharingTerms {
  const local = stringAt(spec, 'externalTrafficPolicy') === 'Local';
  const ports = objectsAt(spec, 'ports').map(
    (port) => `${stringAt(port, 'protocol') ?? 'TCP'}/${JSON.stringify(port.port)}`,
  );
  return {
    key: metallbAnnotation(annotations, 'allow-shared-ip') ?? '',
    backend: local ? selectorText(stringMapAt(spec, 'selector')) : '',
    ports: portLists.same(ports),
  };
}

function selectorText(selector: Readonly<Record<string, string>>): string {
  return Object.keys(selector)
    .sort()
    .map((key) => `${key}=${selector[key]}`)
    .join(',');
}

interface StatusIps {
  readonly assigned: readonly IpAddress[];
  readonly malformed: readonly string[];
}

const NO_IPS: StatusIps = { assigned: [], malformed: [] };

/** Entries with a hostname only carry no IP; `ipMode`, `ports` and the order do not matter. */
function statusIps(service: JsonObject): StatusIps {
  const ingress = objectsAt(objectAt(objectAt(service, 'status'), 'loadBalancer'), 'ingress');
  const texts = ingress.map((entry) => stringAt(entry, 'ip') ?? '').filter((text) => text !== '');
  const ips: IpAddress[] = [];
  const malformed: string[] = [];
  for (const text of texts) {
    const ip = parseIp(text);
    if (ip === undefined) malformed.push(text);
    else ips.push(ip);
  }
  return { assigned: canonicalSet(ips), malformed };
}
