import { ipRequestOf } from '../metallb/request.ts';
import type { IpAddress } from '../net/ip.ts';
import type { ServiceView } from '../service-view.ts';
import type { ClaimHolder } from './claim.ts';

/**
 * How a holder of a claim stands, as far as is known here.
 *
 * | standing | what is seen | may another Service have the IP? |
 * | --- | --- | --- |
 * | `held` | the IP is in the holder's status, or its pin names it | no |
 * | `pending` | the write that gives it the IP may still be stored | no |
 * | `unknown` | the holder has not been seen here | not before a live read says so |
 * | `sticky` | the Service is gone or no LoadBalancer any more, and its name keeps the IP for a while | under pool pressure, or on request |
 * | `stale` | the IP left, or the write was never stored | yes |
 */
export type Standing = 'held' | 'pending' | 'unknown' | 'sticky' | 'stale';

/** What is known of a holder's Service: what was last seen, that it is gone, or nothing. */
export type Sighting = ServiceView | 'gone' | undefined;

/** How long things last. Milliseconds. */
export interface ClaimTerms {
  /** After this a write that was allowed can no longer be stored; longer than the API server's request timeout (60 s). */
  readonly graceMs: number;
  /** How long the IP of a Service that is gone waits for one of the same name; 0: not at all. */
  readonly stickyMs: number;
}

/** See {@link Standing}. Pure: `now` is epoch ms. */
export function standingOf(
  holder: ClaimHolder,
  ip: IpAddress,
  seen: Sighting,
  { now, terms }: { readonly now: number; readonly terms: ClaimTerms },
): Standing {
  const { goneSince, since, basis, service } = holder;
  if (goneSince !== undefined) return now < goneSince + terms.stickyMs ? 'sticky' : 'stale';
  const inTime = now < since + terms.graceMs;
  if (service.uid === '' && seen === undefined) return inTime ? 'pending' : 'stale';
  if (seen === undefined) return 'unknown';
  if (seen === 'gone') return terms.stickyMs > 0 ? 'sticky' : 'stale';
  if (seen.assigned.includes(ip) || isPinnedTo(seen, ip)) return 'held';
  if (seen.version <= basis) return inTime ? 'pending' : 'stale';
  return seen.type !== 'LoadBalancer' && terms.stickyMs > 0 ? 'sticky' : 'stale';
}

/** True when holdfast's pin on a LoadBalancer Service names this IP: MetalLB will give it nothing else. */
export function isPinnedTo(service: ServiceView, ip: IpAddress): boolean {
  const request = ipRequestOf(service);
  return service.type === 'LoadBalancer' && request.kind === 'pin' && request.ips.includes(ip);
}

/** True when a LoadBalancer Service has a pin and no IP yet. */
export function standsPinned(service: ServiceView): boolean {
  return (
    service.type === 'LoadBalancer' &&
    !service.deleting &&
    service.assigned.length === 0 &&
    ipRequestOf(service).kind === 'pin'
  );
}
