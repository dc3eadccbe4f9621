import type { Service } from './kube-types.ts';
import { serviceIps } from './services.ts';

/**
 * A Service that lost an IP it had, without being deleted and without ceasing to be a LoadBalancer. An IP of a family that
 * its user dropped has not moved.
 */
export type Move = {
  /** `namespace/name`. */
  readonly service: string;
  /** The IPs that are gone. */
  readonly lost: readonly string[];
  readonly old: readonly string[];
  readonly new: readonly string[];
  readonly resourceVersion: string;
  /** Milliseconds since the epoch, when the event arrived. */
  readonly atMs: number;
};

/** Two Services that may not share had the same IP in the state after `resourceVersion`. */
export type Doubled = {
  readonly ip: string;
  readonly services: readonly [string, string];
  readonly resourceVersion: string;
  readonly atMs: number;
};

export type MayShare = (one: Service, other: Service, ip: string) => boolean;

/** Whether an IP may leave a Service that stays a LoadBalancer, in this very change. */
export type MayMove = (before: Service, after: Service) => boolean;

/**
 * Who owned which IP, change by change. Fed in the order of the watch, its state after each change is a state that
 * the cluster really had.
 */
export class OwnerLedger {
  readonly moves: Move[] = [];
  readonly doubled: Doubled[] = [];
  /** LoadBalancer Services with and without an IP (`namespace/name`). */
  readonly assigned = new Set<string>();
  readonly pending = new Set<string>();
  /** When a Service last went from no IP to one. */
  lastGainAtMs: number | undefined;
  readonly #mayShare: MayShare;
  readonly #mayMove: MayMove;
  readonly #services = new Map<string, Service>();
  readonly #owners = new Map<string, Map<string, Service>>();
  readonly #knownPairs = new Set<string>();

  /** By default nobody may share and nothing may move. */
  constructor(mayShare: MayShare = () => false, mayMove: MayMove = () => false) {
    this.#mayShare = mayShare;
    this.#mayMove = mayMove;
  }

  set(service: Service, atMs: number): void {
    this.#store(service, atMs);
    this.#noteDoubles(service, atMs);
  }

  delete(key: string): void {
    const known = this.#services.get(key);
    if (known === undefined) return;
    for (const ip of ipsOf(known)) this.#disown(ip, key);
    this.#services.delete(key);
    this.assigned.delete(key);
    this.pending.delete(key);
  }

  /**
   * Takes a new list as one change, after a gap in the watch; returns how many Services differ. What happened within
   * the gap stays unknown.
   */
  replaceAll(services: readonly Service[], atMs: number): number {
    const present = new Set(services.map(serviceKey));
    const gone = [...this.#services.keys()].filter((key) => !present.has(key));
    const changed = services.filter((service) => {
      const known = this.#services.get(serviceKey(service));
      return known?.metadata.resourceVersion !== service.metadata.resourceVersion;
    });
    for (const key of gone) this.delete(key);
    for (const service of changed) this.#store(service, atMs);
    for (const service of changed) this.#noteDoubles(service, atMs);
    return gone.length + changed.length;
  }

  get(key: string): Service | undefined {
    return this.#services.get(key);
  }

  services(): readonly Service[] {
    return [...this.#services.values()];
  }

  /** `namespace/name` of the Services that have this IP now. */
  ownersOf(ip: string): readonly string[] {
    return [...(this.#owners.get(canonicalIp(ip))?.keys() ?? [])];
  }

  /** Every IP in a status now, with its owners. */
  owners(): ReadonlyMap<string, readonly string[]> {
    return new Map([...this.#owners].map(([ip, owners]) => [ip, [...owners.keys()]]));
  }

  /** The IPs that two Services which may not share have now. */
  doubledNow(): readonly string[] {
    return [...this.#owners].filter(([ip, owners]) => this.#hasConflict(ip, [...owners.values()])).map(([ip]) => ip);
  }

  /** LoadBalancer Services that have an IP, but none of one of their families (`namespace/name`). */
  halfAssigned(): readonly string[] {
    return [...this.assigned].filter((key) => {
      const service = this.#services.get(key);
      const has = new Set(service === undefined ? [] : ipsOf(service).map(familyOf));
      return service?.spec.ipFamilies?.some((family) => !has.has(family)) ?? false;
    });
  }

  #store(service: Service, atMs: number): void {
    const key = serviceKey(service);
    const known = this.#services.get(key);
    const before = known !== undefined && known.metadata.uid === service.metadata.uid ? known : undefined;
    if (before !== undefined) this.#noteMove(before, service, atMs);
    if (known !== undefined) for (const ip of ipsOf(known)) this.#disown(ip, key);
    const ips = ipsOf(service);
    for (const ip of ips) this.#own(ip, key, service);
    if (ips.length > 0 && (before === undefined || ipsOf(before).length === 0)) this.lastGainAtMs = atMs;
    this.#services.set(key, service);
    this.#count(key, service, ips.length);
  }

  #count(key: string, service: Service, ips: number): void {
    this.assigned.delete(key);
    this.pending.delete(key);
    if (isLoadBalancer(service)) (ips > 0 ? this.assigned : this.pending).add(key);
  }

  #noteMove(before: Service, after: Service, atMs: number): void {
    if (!isLoadBalancer(before) || !isLoadBalancer(after)) return;
    const old = ipsOf(before);
    const now = ipsOf(after);
    const lost = old.filter((ip) => !now.includes(ip) && hasFamily(after, familyOf(ip)));
    if (lost.length === 0 || this.#mayMove(before, after)) return;
    this.moves.push({ service: serviceKey(after), lost, old, new: now, resourceVersion: versionOf(after), atMs });
  }

  #noteDoubles(service: Service, atMs: number): void {
    const key = serviceKey(service);
    for (const ip of ipsOf(service)) {
      for (const [other, owner] of this.#owners.get(ip) ?? []) {
        if (other === key || this.#mayShare(owner, service, ip)) continue;
        const services = [other, key].sort() as [string, string];
        const pair = `${ip} ${services.join(' ')}`;
        if (this.#knownPairs.has(pair)) continue;
        this.#knownPairs.add(pair);
        this.doubled.push({ ip, services, resourceVersion: versionOf(service), atMs });
      }
    }
  }

  #hasConflict(ip: string, owners: readonly Service[]): boolean {
    return owners.some((one, index) => owners.slice(index + 1).some((other) => !this.#mayShare(one, other, ip)));
  }

  #own(ip: string, key: string, service: Service): void {
    const owners = this.#owners.get(ip) ?? new Map<string, Service>();
    this.#owners.set(ip, owners.set(key, service));
  }

  #disown(ip: string, key: string): void {
    const owners = this.#owners.get(ip);
    owners?.delete(key);
    if (owners?.size === 0) this.#owners.delete(ip);
  }
}

/** `namespace/name`. */
export function serviceKey(service: Service): string {
  return `${service.metadata.namespace ?? 'default'}/${service.metadata.name}`;
}

function ipsOf(service: Service): readonly string[] {
  return [...new Set(serviceIps(service).map(canonicalIp))];
}

type Family = 'IPv4' | 'IPv6';

function familyOf(ip: string): Family {
  return ip.includes(':') ? 'IPv6' : 'IPv4';
}

/** True also when the families are not known. */
function hasFamily({ spec }: Service, family: Family): boolean {
  return spec.ipFamilies === undefined || spec.ipFamilies.length === 0 || spec.ipFamilies.includes(family);
}

function isLoadBalancer(service: Service): boolean {
  return service.spec.type === 'LoadBalancer' && service.metadata.deletionTimestamp === undefined;
}

function versionOf(service: Service): string {
  return service.metadata.resourceVersion ?? '';
}

/** IPv6 has many spellings; the URL parser writes the one of RFC 5952. */
function canonicalIp(ip: string): string {
  if (!ip.includes(':')) return ip;
  return URL.parse(`http://[${ip}]`)?.hostname.slice(1, -1) ?? ip;
}
