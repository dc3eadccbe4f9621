import { ipRequestOf } from '../metallb/request.ts';
import { type IpAddress, without } from '../net/ip.ts';
import type { ServiceView } from '../service-view.ts';

/** The IPs that users request for Services which do not have them (yet). */
export class Requested {
  readonly #byUid = new Map<string, readonly IpAddress[]>();
  readonly #byIp = new Map<IpAddress, Set<string>>();

  has(ip: IpAddress): boolean {
    return this.#byIp.has(ip);
  }

  /** The uids of the Services that ask for `ip`. */
  uidsFor(ip: IpAddress): Iterable<string> {
    return this.#byIp.get(ip) ?? [];
  }

  /** Takes the Service as it is now. @returns IPs that nobody requests any more */
  put(service: ServiceView): readonly IpAddress[] {
    const before = this.#byUid.get(service.ref.uid) ?? [];
    const now = wanted(service);
    if (now.length === 0) this.#byUid.delete(service.ref.uid);
    else this.#byUid.set(service.ref.uid, now);
    for (const ip of without(now, before)) {
      const uids = this.#byIp.get(ip);
      if (uids === undefined) this.#byIp.set(ip, new Set([service.ref.uid]));
      else uids.add(service.ref.uid);
    }
    return without(before, now).filter((ip) => this.#release(ip, service.ref.uid));
  }

  /** @returns IPs that nobody requests any more */
  drop(uid: string): readonly IpAddress[] {
    const before = this.#byUid.get(uid) ?? [];
    this.#byUid.delete(uid);
    return before.filter((ip) => this.#release(ip, uid));
  }

  #release(ip: IpAddress, uid: string): boolean {
    const uids = this.#byIp.get(ip);
    uids?.delete(uid);
    if (uids !== undefined && uids.size > 0) return false;
    this.#byIp.delete(ip);
    return true;
  }
}

function wanted(service: ServiceView): readonly IpAddress[] {
  if (service.type !== 'LoadBalancer' || service.deleting) return [];
  const request = ipRequestOf(service);
  return request.kind === 'ips' ? without(request.ips, service.assigned) : [];
}
