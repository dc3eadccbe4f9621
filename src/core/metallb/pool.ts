import { type IpAddress, lastOctet } from '../net/ip.ts';
import { type IpRange, rangeContains } from '../net/ip-range.ts';
import type { ServiceView } from '../service-view.ts';
import { type LabelSelector, selectorMatches } from './selector.ts';

/** An IPAddressPool as MetalLB reads it (internal/config, 0.13–0.16). */
export interface Pool {
  readonly name: string;
  /** In the order of `spec.addresses`. */
  readonly ranges: readonly IpRange[];
  readonly autoAssign: boolean;
  /** Skip IPv4 addresses whose last octet is 0 or 255, whatever the mask. */
  readonly avoidBuggyIps: boolean;
  /** `spec.serviceAllocation`; undefined means everybody may use the pool. */
  readonly allocation: ServiceAllocation | undefined;
  /** Until when (epoch ms) `holdfast.dev/allow-strand` on the pool lets IPs be stranded; absent: not at all. */
  readonly mayStrandUntil?: number;
}

/** A pool that vanished although nobody may delete it while its IPs are in use: its CRD was deleted, and it with it. */
export interface MissingPool {
  readonly pool: Pool;
  /** Epoch ms: it is expected back until then. */
  readonly until: number;
}

/** Who may use a pool. `priority`: lower is preferred, 0 comes last. */
export interface ServiceAllocation {
  readonly priority: number;
  readonly namespaces: readonly string[];
  readonly namespaceSelectors: readonly LabelSelector[];
  readonly serviceSelectors: readonly LabelSelector[];
}

/** Labels of the namespaces, by name. */
export type NamespaceLabels = ReadonlyMap<string, Readonly<Record<string, string>>>;

/**
 * All pools of this MetalLB. `unknown`: they cannot be read here (0.12 keeps them in a ConfigMap; the CRD is absent), or
 * there are none; then only the Service's class says what is in scope.
 */
export type Pools =
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'known';
      readonly pools: readonly Pool[];
      readonly namespaces: NamespaceLabels;
      /** Absent when there are none. */
      readonly missing?: readonly MissingPool[];
    };

/** True when one of the pool's ranges holds `ip`, whoever may use it. */
export function holdsIp({ ranges }: Pool, ip: IpAddress): boolean {
  return ranges.some((range) => rangeContains(range, ip));
}

/** The pool whose ranges hold `ip`, whoever may use it; MetalLB refuses overlapping pools, so there is at most one. */
export function poolOf(pools: Pools, ip: IpAddress): Pool | undefined {
  if (pools.kind === 'unknown') return undefined;
  return pools.pools.find((pool) => holdsIp(pool, ip));
}

/** The missing pool whose ranges hold `ip`; a pool that is there goes before it. */
export function missingPoolOf(pools: Pools, ip: IpAddress): MissingPool | undefined {
  if (pools.kind === 'unknown' || poolOf(pools, ip) !== undefined) return undefined;
  return pools.missing?.find(({ pool }) => holdsIp(pool, ip));
}

/** True when avoidBuggyIPs takes `ip` out of the pool (allocator.go poolFor: also out of reach of its present user). */
export function isAvoided(pool: Pool, ip: IpAddress): boolean {
  const octet = lastOctet(ip);
  return pool.avoidBuggyIps && (octet === 0 || octet === 255);
}

/**
 * True when the pool's serviceAllocation admits the Service: its namespace is listed or selected, and one of the
 * service selectors matches. An empty resulting namespace set restricts nothing (allocator.go, 0.13.9–0.16.1).
 */
export function poolAdmits(pool: Pool, service: ServiceView, namespaces: NamespaceLabels): boolean {
  return admitsNamespace(pool, service, namespaces) && admitsLabels(pool, service);
}

/** The part of {@link poolAdmits} that the owner of a Service has no hand in: its namespace, and that one's labels. */
export function admitsNamespace(pool: Pool, service: ServiceView, namespaces: NamespaceLabels): boolean {
  if (pool.allocation === undefined) return true;
  const { namespaces: listed, namespaceSelectors } = pool.allocation;
  const selected = [...namespaces]
    .filter(([, labels]) => namespaceSelectors.some((selector) => selectorMatches(selector, labels)))
    .map(([name]) => name);
  const allowed = [...listed, ...selected];
  return allowed.length === 0 || allowed.includes(service.ref.namespace);
}

/** The part of {@link poolAdmits} that rests on the labels of the Service itself. */
export function admitsLabels(pool: Pool, service: ServiceView): boolean {
  const { serviceSelectors = [] } = pool.allocation ?? {};
  return serviceSelectors.length === 0 || serviceSelectors.some((s) => selectorMatches(s, service.labels));
}
