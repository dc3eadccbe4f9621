/**
 * CEL expressions that decide in the API server whether it calls holdfast at all. They are written once for every
 * webhook. Optional syntax (`?.`, `orValue`) is there since Kubernetes 1.28, matchConditions since 1.28 (beta).
 */

const PREFIXES = ['metallb.io', 'metallb.universe.tf'] as const;

/** The IPs in the status of `root`, as written; entries without an IP (hostname only) do not count. */
function ipsOf(root: 'object' | 'oldObject'): string {
  return `${ingressOf(root)}.map(i, i.?ip.orValue('')).filter(ip, ip != '')`;
}

function ingressOf(root: 'object' | 'oldObject'): string {
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
export function isLoadBalancerOf(classes: readonly string[]) {
  const type = `object.spec.?type.orValue('') == 'LoadBalancer'`;
  return {
    name: 'is-guarded-load-balancer',
    expression: `${type} && object.spec.?loadBalancerClass.orValue('') in ${celList(['', ...classes])}`,
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

/** What a user requests is new: the IPs, by field or by annotation, or the break-glass. */
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
  const keys = ['metallb.io/loadBalancerIPs', 'metallb.universe.tf/loadBalancerIPs', 'holdfast.dev/allow-move'];
  const of = (root: string) => [
    ...keys.map((key) => `${root}.metadata.?annotations[?'${key}'].orValue('')`),
    `${root}.spec.?loadBalancerIP.orValue('')`,
  ];
  const [now, before] = [of('object'), of('oldObject')];
  const asks = now.map((value) => `${value} != ''`).join(' || ');
  const differs = now.map((value, i) => `${value} != ${before[i]}`).join(' || ');
  return `request.operation == 'CREATE' ? (${asks}) : (${differs})`;
}

/** The object carries a pin of holdfast's: a manifest was copied from a Service that had one. */
export const HAS_PIN = {
  name: 'has-pin',
  expression: "object.metadata.?annotations[?'holdfast.dev/pin'].hasValue()",
} as const;

/** Something changes that a pin may disagree with: type, class, families, or the requested pool. */
export const PINNED_SPEC_CHANGES = {
  name: 'pinned-spec-changes',
  expression: pinnedSpecChanges(),
} as const;

function pinnedSpecChanges(): string {
  const texts = ['type', 'loadBalancerClass', 'ipFamilyPolicy'].map((field) => `spec.?${field}.orValue('')`);
  const pools = PREFIXES.map((prefix) => `metadata.?annotations[?'${prefix}/address-pool'].orValue('')`);
  const parts = [...texts, ...pools, 'spec.?ipFamilies.orValue([])'];
  return parts.map((part) => `object.${part} != oldObject.${part}`).join(' || ');
}
