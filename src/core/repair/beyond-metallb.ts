import type { Facts } from '../facts.ts';
import { familyOf, type IpAddress } from '../net/ip.ts';
import { isExcluded } from '../rules/release.ts';

/**
 * True for IPs that a Service keeps and MetalLB would take away at every look: two of one family (convergeBalancer knows
 * one of each at most), or in a pool that no longer admits the namespace (0.13–0.16). A restore of these is not told to
 * MetalLB, and not pinned: it would only look again, without end.
 */
export function isBeyondMetallb(facts: Pick<Facts, 'was' | 'pools'>, ips: readonly IpAddress[]): boolean {
  return new Set(ips.map(familyOf)).size < ips.length || ips.some((ip) => isExcluded(facts, ip));
}
