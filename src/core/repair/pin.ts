import type { Pools } from '../metallb/pool.ts';
import { ipRequestOf, poolRequestOf } from '../metallb/request.ts';
import { familyOf, type IpAddress } from '../net/ip.ts';
import type { ServiceView } from '../service-view.ts';
import { isAgainstPool } from './unmet.ts';

/** When holdfast pins: at CREATE and at repair, at repair only, or never. */
export type PinPolicy = 'create' | 'repair' | 'never';

/** What happens to the pin of a Service. `keep` also when there is none. */
export type PinChange =
  | { readonly kind: 'keep' }
  | { readonly kind: 'remove' }
  | { readonly kind: 'set'; readonly ips: readonly IpAddress[] };

/** What {@link pinChange} needs to know beside the Service and its IPs. */
export interface PinOccasion {
  /** True when MetalLB's write is being repaired. */
  readonly repaired: boolean;
  readonly policy: PinPolicy;
  readonly pools: Pools;
}

/**
 * The pin that goes with the IPs a Service will have. A user's request is never touched. A pin that names an IP which
 * is legitimately gone is changed or removed in the same patch: MetalLB would wait for that IP for ever. An IP outside the
 * pool that the user names is kept without a pin, which would keep MetalLB from ever going there (an error from 0.13.10 on).
 */
export function pinChange(service: ServiceView, final: readonly IpAddress[], occasion: PinOccasion): PinChange {
  const request = ipRequestOf(service);
  if (request.kind === 'ips' || request.kind === 'invalid') return { kind: 'keep' };
  const pinned = request.kind === 'pin';
  const held = isAgainstPool(service, final, occasion.pools);
  if (pinned && !held && sameSet(request.ips, final)) return { kind: 'keep' };
  const wanted = pinned || occasion.repaired;
  if (!wanted || (!pinned && occasion.policy === 'never')) return { kind: 'keep' };
  if (!held && isPinnable(service, final) && occasion.policy !== 'never') return { kind: 'set', ips: final };
  return pinned ? { kind: 'remove' } : { kind: 'keep' };
}

/**
 * True when a user's edit asks for something that the pin stands in the way of: another pool, other families, another
 * type. MetalLB (0.13.10+) calls a pin that disagrees with the pool, or with the families of the ClusterIPs, an error and
 * allocates nothing. The pin is only holdfast's own idea, so it goes; the IP itself stays guarded.
 */
export function pinStandsInTheWay(was: ServiceView, becomes: ServiceView): boolean {
  return (
    ipRequestOf(becomes).kind === 'pin' &&
    (was.type !== becomes.type ||
      was.lbClass !== becomes.lbClass ||
      poolRequestOf(was) !== poolRequestOf(becomes) ||
      was.familyPolicy !== becomes.familyPolicy ||
      !sameList(was.families, becomes.families))
  );
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((item, i) => item === other[i]);
}

/**
 * MetalLB (0.13–0.16) refuses to allocate when the families of the requested IPs are not those of the ClusterIPs: one
 * pinned IPv4 on a dual-stack Service leaves it without any IP.
 */
export function isPinnable(service: ServiceView, ips: readonly IpAddress[]): boolean {
  const families = new Set(ips.map(familyOf));
  if (ips.length === 0 || families.size !== ips.length) return false;
  const { families: wanted } = service;
  return wanted.length === 0 || (wanted.length === families.size && wanted.every((family) => families.has(family)));
}

function sameSet(one: readonly IpAddress[], other: readonly IpAddress[]): boolean {
  return one.length === other.length && one.every((ip) => other.includes(ip));
}
