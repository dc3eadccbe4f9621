import { ALLOW_MOVE_ANNOTATION, ALLOW_STRAND_ANNOTATION } from '../core/metallb/annotations.ts';

/**
 * CEL expressions that decide in the API server whether it calls holdfast at all. They are written once for every
 * webhook. Optional syntax (`?.`, `orValue`) is there since Kubernetes 1.28, matchConditions since 1.28 (beta).
 */

const PREFIXES = ['metallb.io', 'metallb.universe.tf'] as const;
const SHARING_KEYS = PREFIXES.map((prefix) => `${prefix}/allow-shared-ip`);

/** What a write makes of an object, and what is stored. */
export type Root = 'object' | 'oldObject';

/** The value of an annotation of `root`; empty when it has none. */
export function annotation(root: Root, key: string): string {
  return `${root}.metadata.?annotations[?'${key}'].orValue('')`;
}

/** The IPs in the status of `root`, as written; entries without an IP (hostname only) do not count. */
export function ipsOf(root: Root): string {
  return `${ingressOf(root)}.map(i, i.?ip.orValue('')).filter(ip, ip != '')`;
}

function ingressOf(root: Root): string {
  return `${root}.?status.?loadBalancer.?ingress.orValue([])`;
}

/** From here on the webhook is called without a comparison: the cost of a match condition has a limit, and going over
 * it is an error, which refuses the write. 16 entries are far above the two that MetalLB ever writes. */
const MAX_COMPARED = 16;

/**
 * True when the set of IPs in status changes. Order, `ipMode`, `ports`, `hostname`, conditions, labels and annotations
 * do not count: such a write never leaves the API server. Another spelling of the same IP is a change here; the core
 * compares what it means.
 */
export const IP_SET_CHANGES = {
  name: 'ip-set-changes',
  expression: [
    `size(${ingressOf('object')}) > ${MAX_COMPARED}`,
    `size(${ingressOf('oldObject')}) > ${MAX_COMPARED}`,
    `!${ipsOf('object')}.all(ip, ip in ${ipsOf('oldObject')})`,
    `!${ipsOf('oldObject')}.all(ip, ip in ${ipsOf('object')})`,
  ].join(' || '),
} as const;

/** True when the writer is one of these user names. */
export function writtenBy(users: readonly string[]) {
  return { name: 'written-by-metallb', expression: `request.userInfo.username in ${celList(users)}` };
}

/** True for a Service of type LoadBalancer without a class, or with one of these. */
export function isLoadBalancerOf(classes: readonly string[], root: Root = 'object') {
  const type = `${root}.spec.?type.orValue('') == 'LoadBalancer'`;
  return {
    name: 'is-guarded-load-balancer',
    expression: `${type} && ${root}.spec.?loadBalancerClass.orValue('') in ${celList(['', ...classes])}`,
  };
}

function celList(texts: readonly string[]): string {
  return `[${texts.map((text) => JSON.stringify(text)).join(', ')}]`;
}

/** A pool is deleted, or something of its spec changes. */
export const POOL_CHANGES = {
  name: 'pool-changes',
  expression: "request.operation == 'DELETE' || object.spec != oldObject.spec",
} as const;

/**
 * The break-glass of a pool changes, and nothing of its spec: that is asked anyway ({@link POOL_CHANGES}). Sent to a
 * webhook that fails open.
 */
export const STRAND_GLASS_CHANGES = {
  name: 'allow-strand-changes',
  expression: [
    `${annotation('object', ALLOW_STRAND_ANNOTATION)} != ${annotation('oldObject', ALLOW_STRAND_ANNOTATION)}`,
    'object.spec == oldObject.spec',
  ].join(' && '),
} as const;

/**
 * What a user requests is new (IPs, pool, sharing key, break-glass); or the Service has an IP and an edit may cost it:
 * other labels, which pools select, or for a Service that shares other ports or another backend.
 */
export const REQUEST_CHANGES = {
  name: 'request-changes',
  expression: requestChanges(),
} as const;

/** Labels of a namespace change: pools select namespaces by them. */
export const LABELS_CHANGE = {
  name: 'labels-change',
  expression: 'object.metadata.?labels.orValue({}) != oldObject.metadata.?labels.orValue({})',
} as const;

function requestChanges(): string {
  const requests = ['loadBalancerIPs', 'address-pool'].flatMap((name) => PREFIXES.map((prefix) => `${prefix}/${name}`));
  const keys = [...requests, ...SHARING_KEYS, ALLOW_MOVE_ANNOTATION];
  const of = (root: Root) => [...keys.map((key) => annotation(root, key)), `${root}.spec.?loadBalancerIP.orValue('')`];
  const [now, before] = [of('object'), of('oldObject')];
  const asks = now.map((value) => `${value} != ''`).join(' || ');
  const differs = now.map((value, i) => `${value} != ${before[i]}`).join(' || ');
  return `request.operation == 'CREATE' ? (${asks}) : (${differs} || (${hasIp()} && (${mayCostIt()})))`;
}

function hasIp(): string {
  return `size(${ingressOf('oldObject')}) > 0`;
}

/** Labels count for every Service; ports, policy and selector only for one that has a sharing key. */
function mayCostIt(): string {
  const labels = differ('metadata.?labels.orValue({})');
  const shares = SHARING_KEYS.map((key) => `${annotation('oldObject', key)} != ''`).join(' || ');
  const terms = [
    differ("spec.?ports.orValue([]).map(p, p.?protocol.orValue('TCP') + string(p.port))"),
    differ("spec.?externalTrafficPolicy.orValue('')"),
    differ('spec.?selector.orValue({})'),
  ];
  return `${labels} || ((${shares}) && (${terms.join(' || ')}))`;
}

function differ(part: string): string {
  return `object.${part} != oldObject.${part}`;
}

/** The object carries a pin of holdfast's: a manifest was copied from a Service that had one. */
export const HAS_PIN = {
  name: 'has-pin',
  expression: "object.metadata.?annotations[?'holdfast.dev/pin'].hasValue()",
} as const;

/**
 * Something changes that a pin may disagree with: type, class, families, or the requested pool; or a Service becomes a
 * LoadBalancer that shall be pinned as at CREATE; or the families of a LoadBalancer change, pinned or not.
 */
export function pinHasToFollow({ pinAtCreate, classes }: { pinAtCreate: boolean; classes: readonly string[] }) {
  const stale = `${HAS_PIN.expression} && (${pinnedSpecChanges()})`;
  const comes = `oldObject.spec.?type.orValue('') != 'LoadBalancer' && ${isLoadBalancerOf(classes).expression}`;
  const families = `${isLoadBalancerOf(classes).expression} && (${familiesChange()})`;
  const expression = pinAtCreate ? [stale, comes, families].map((part) => `(${part})`).join(' || ') : stale;
  return { name: 'pin-has-to-follow', expression };
}

function pinnedSpecChanges(): string {
  const texts = ['type', 'loadBalancerClass'].map((field) => `spec.?${field}.orValue('')`);
  const pools = PREFIXES.map((prefix) => `metadata.?annotations[?'${prefix}/address-pool'].orValue('')`);
  return [...[...texts, ...pools].map(differ), familiesChange()].join(' || ');
}

function familiesChange(): string {
  return ["spec.?ipFamilyPolicy.orValue('')", 'spec.?ipFamilies.orValue([])'].map(differ).join(' || ');
}
