import { isKeptAnnotation, metallbAnnotation } from '../core/metallb/annotations.ts';
import type { SharingTerms } from '../core/metallb/sharing.ts';
import { canonicalSet, type Family, familyOf, type IpAddress, parseIp } from '../core/net/ip.ts';
import type { ServiceView } from '../core/service-view.ts';
import { Interned } from './interned.ts';
import { type JsonObject, objectAt, objectsAt, stringAt, stringMapAt, stringsAt, stringsOf } from './json.ts';
import { RecentWords } from './recent-words.ts';

/** Turns a core/v1 Service, as the API server writes it, into the words of the core. Keeps nothing else of it. */
export function serviceToView(service: JsonObject): ServiceView {
  const metadata = objectAt(service, 'metadata');
  const spec = objectAt(service, 'spec');
  const annotations = keptAnnotations(metadata);
  const policy = stringAt(spec, 'ipFamilyPolicy');
  const type = words.same(stringAt(spec, 'type') ?? 'ClusterIP');
  const name = stringAt(metadata, 'name') ?? '';
  // Named one by one: what an object literal spreads costs another array for each Service that is kept.
  const { assigned, malformed } = assignedTo(type, service);
  return {
    ref: {
      namespace: words.same(stringAt(metadata, 'namespace') ?? ''),
      name,
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
    labels: labelsOf(metadata, name),
    annotations: sharedIfEmpty(annotations),
    loadBalancerIp: stringAt(spec, 'loadBalancerIP') || undefined,
    sharing: sharingTerms(spec, annotations),
    assigned,
    malformed,
  };
}

/** The same Service with the status of `object`: what a write to `/status` makes of it. */
export function withStatusOf(view: ServiceView, object: JsonObject): ServiceView {
  const { assigned, malformed } = assignedTo(view.type, object);
  return { ...view, assigned, malformed };
}

function assignedTo(type: string, service: JsonObject): StatusIps {
  return type === 'LoadBalancer' ? statusIps(service) : NO_IPS;
}

/** A view is kept for each Service of the cluster; what most of them have in common is kept once. */
const words = new Interned<string>(String);
const portLists = new Interned<readonly string[]>((ports) => ports.join());
const familyLists = new Interned<readonly Family[]>((families) => families.join());
const labelWords = new RecentWords();
/** The terms of Services that do not share, by their ports. */
const plainTerms = new WeakMap<readonly string[], SharingTerms>();
const NOTHING: Readonly<Record<string, string>> = Object.freeze({});

/** A label often says the name once more, or what it says for many others. */
function labelsOf(metadata: JsonObject, name: string): Readonly<Record<string, string>> {
  const share = (value: string) => (value === name ? name : labelWords.same(value));
  return sharedIfEmpty(stringsOf(objectAt(metadata, 'labels'), () => true, share));
}

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
  const ports = portLists.same(
    objectsAt(spec, 'ports').map((port) => `${stringAt(port, 'protocol') ?? 'TCP'}/${JSON.stringify(port.port)}`),
  );
  const key = metallbAnnotation(annotations, 'allow-shared-ip') ?? '';
  const backend = local ? selectorText(stringMapAt(spec, 'selector')) : '';
  return key === '' && backend === '' ? plain(ports) : { key, backend, ports };
}

function plain(ports: readonly string[]): SharingTerms {
  const known = plainTerms.get(ports);
  if (known !== undefined) return known;
  const terms: SharingTerms = { key: '', backend: '', ports };
  plainTerms.set(ports, terms);
  return terms;
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

const NONE: readonly never[] = Object.freeze([]);
const NO_IPS: StatusIps = { assigned: NONE, malformed: NONE };

/** Entries with a hostname only carry no IP; `ipMode`, `ports` and the order do not matter. */
function statusIps(service: JsonObject): StatusIps {
  const ingress = objectsAt(objectAt(objectAt(service, 'status'), 'loadBalancer'), 'ingress');
  const ips: IpAddress[] = [];
  const malformed: string[] = [];
  for (const entry of ingress) {
    const text = stringAt(entry, 'ip') ?? '';
    const ip = text === '' ? undefined : parseIp(text);
    if (ip !== undefined) ips.push(ip);
    else if (text !== '') malformed.push(text);
  }
  return { assigned: canonicalSet(ips), malformed: malformed.length === 0 ? NONE : malformed };
}
