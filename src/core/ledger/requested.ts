import { ipRequestOf } from '../metallb/request.ts';
import { type IpAddress, without } from '../net/ip.ts';
import type { ServiceView } from '../service-view.ts';

/** The IPs that users request for Services which do not have them (yet). */
export class Requested {
  readonly #byUid = new Map<string, readonly IpAddress[]>();
  readonly #byIp = new Map<IpAddress, number>();

  has(ip: IpAddress): boolean {
    return this.#byIp.has(ip);
  }

  /** Takes the Service as it is now. @returns IPs that nobody requests any more */
  put(service: ServiceView): readonly IpAddress[] {
    const before = this.#byUid.get(service.ref.uid) ?? [];
    const now = wanted(service);
    if (now.length === 0) this.#byUid.delete(service.ref.uid);
    else this.#byUid.set(service.ref.uid, now);
    for (const ip of without(now, before)) this.#byIp.set(ip, (this.#byIp.get(ip) ?? 0) + 1);
    return without(before, now).filter((ip) => this.#release(ip));
  }

  /** @returns IPs that nobody requests any more */
  drop(uid: string): readonly IpAddress[] {
    const before = this.#byUid.get(uid) ?? [];
    this.#byUid.delete(uid);
    return before.filter((ip) => this.#release(ip));
  }

  #release(ip: IpAddress): boolean {
    const left = (this.#byIp.get(ip) ?? 1) - 1;
    if (left > 0) this.#byIp.set(ip, left);
    else this.#byIp.delete(ip);
    return left <= 0;
  }
}

function wanted(service: ServiceView): readonly IpAddress[] {
  if (service.type !== 'LoadBalancer' || service.deleting) return [];
  const request = ipRequestOf(service);
  return request.kind === 'ips' ? without(request.ips, service.assigned) : [];
}
