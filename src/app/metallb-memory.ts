import { ipRequestOf, poolRequestOf } from '../core/metallb/request.ts';
import type { IpAddress } from '../core/net/ip.ts';
import type { ServiceView } from '../core/service-view.ts';

/** MetalLB looks again at the latest when it is restarted, and then its memory is empty. Milliseconds. */
const KEPT_FOR_MS = 3_600_000;
const NONE: ReadonlySet<IpAddress> = new Set();

/** What MetalLB offered to a Service and holdfast turned down. */
interface Offer {
  readonly ips: readonly IpAddress[];
  /** What the Service asked for then. */
  readonly asked: string;
  /** Epoch ms. */
  readonly until: number;
}

/**
 * IPs that MetalLB's memory keeps though no status shows them. A Service asks for what cannot be had, MetalLB finds other
 * IPs for it, and holdfast does not let these in, since the Service would lose the one it has. MetalLB does not take
 * such an allocation back (0.13–0.16, svc.go convergeBalancer): as long as the Service asks, it gives these IPs to nobody,
 * and a newcomer that is pinned to one of them would wait. So they are chosen last. This replica knows only what it has
 * turned down itself; that is enough, since nothing more than a preference hangs on it.
 */
export class MetallbMemory {
  readonly #offers = new Map<string, Offer>();
  readonly #find: (uid: string) => ServiceView | 'gone' | undefined;

  /** @param find the Service of a uid as it is now */
  constructor(find: (uid: string) => ServiceView | 'gone' | undefined) {
    this.#find = find;
  }

  /** MetalLB has these IPs down for the Service, which does not get them. @param now epoch ms */
  keeps(service: ServiceView, ips: readonly IpAddress[], now: number): void {
    if (ips.length === 0) this.#offers.delete(service.ref.uid);
    else this.#offers.set(service.ref.uid, { ips, asked: wishesOf(service), until: now + KEPT_FOR_MS });
  }

  /** The IPs that MetalLB would refuse to anybody else than `service`. @param now epoch ms */
  keptFromOthersThan(service: Pick<ServiceView, 'ref'>, now: number): ReadonlySet<IpAddress> {
    if (this.#offers.size === 0) return NONE;
    const kept = new Set<IpAddress>();
    for (const [uid, offer] of this.#offers) {
      if (!this.#stands(uid, offer, now)) this.#offers.delete(uid);
      else if (uid !== service.ref.uid) for (const ip of offer.ips) kept.add(ip);
    }
    return kept;
  }

  #stands(uid: string, { ips, asked, until }: Offer, now: number): boolean {
    const service = this.#find(uid);
    if (service === undefined || service === 'gone' || now >= until) return false;
    return wishesOf(service) === asked && !ips.every((ip) => service.assigned.includes(ip));
  }
}

/** Everything of a Service that makes MetalLB look for other IPs. */
function wishesOf(service: ServiceView): string {
  const { type, familyPolicy, clusterIpFamilies } = service;
  return JSON.stringify([type, ipRequestOf(service), poolRequestOf(service), familyPolicy, clusterIpFamilies]);
}
