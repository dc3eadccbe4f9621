import { isAvoided, poolAdmits, poolOf } from '../../src/core/metallb/pool.ts';
import { ipRequestOf, poolRequestOf } from '../../src/core/metallb/request.ts';
import { mayShare } from '../../src/core/metallb/sharing.ts';
import { type Family, familyOf, type IpAddress } from '../../src/core/net/ip.ts';
import type { ServiceView } from '../../src/core/service-view.ts';
import { choicesFor, type Instant } from './choices.ts';
import { prefersLoosely } from './dialect.ts';

/**
 * Whether a Service has all that it asks for. This and {@link canBeMet} are the harness's own judgement, made from what
 * the API server shows; holdfast's `core/repair` is not asked.
 */
export function isMet(service: ServiceView, at: Instant): boolean {
  const request = ipRequestOf(service);
  // Of another class: nobody serves it here, and that is right.
  if (request.kind === 'invalid' || service.lbClass !== undefined) return true;
  if (service.assigned.length === 0) return false;
  if (request.kind === 'ips' && request.ips.join() !== service.assigned.join()) return false;
  const wanted = poolRequestOf(service);
  if (wanted !== undefined && service.assigned.some((ip) => homeOf(ip, at)?.name !== wanted)) return false;
  return lacking(service).length === 0 || (service.familyPolicy === 'PreferDualStack' && prefersLoosely(at.version));
}

/**
 * Whether what a Service asks for can be had now, without taking anything from others: an edit with such a wish is legit.
 * The second family has to come from the pool of the first, which stays (scenario 27).
 */
export function canBeMet(service: ServiceView, at: Instant): boolean {
  const request = ipRequestOf(service);
  if (request.kind === 'invalid' || isMet(service, at)) return true;
  if (request.kind === 'ips') return canHave(service, request.ips, at);
  const wanted = poolRequestOf(service);
  const [home] = service.assigned.map((ip) => homeOf(ip, at));
  const stays = home !== undefined && (wanted === undefined || wanted === home.name);
  // A pin asks for nothing of its own.
  const bare = { ...service, annotations: withoutPin(service) };
  if (!stays) return choicesFor(bare, at).length > 0;
  return choicesFor(bare, at, { families: lacking(service), pool: home.name }).length > 0;
}

function canHave(service: ServiceView, ips: readonly IpAddress[], at: Instant): boolean {
  if (at.pools.kind === 'unknown') return false;
  const { namespaces } = at.pools;
  const [home] = ips.map((ip) => homeOf(ip, at));
  const wanted = poolRequestOf(service);
  if (home === undefined || (wanted !== undefined && wanted !== home.name)) return false;
  if (!poolAdmits(home, service, namespaces)) return false;
  const families = ips.map(familyOf);
  const bound = service.clusterIpFamilies ?? [];
  if (families.length !== bound.length || !bound.every((family) => families.includes(family))) return false;
  return ips.every((ip) => homeOf(ip, at) === home && !isAvoided(home, ip) && isOpen(service, ip, at));
}

function isOpen(service: ServiceView, ip: IpAddress, { others }: Instant): boolean {
  return others
    .filter(({ assigned }) => assigned.includes(ip))
    .every((other) => mayShare(other.sharing, service.sharing));
}

function homeOf(ip: IpAddress, { pools }: Instant) {
  return poolOf(pools, ip);
}

function lacking({ clusterIpFamilies = [], assigned }: ServiceView): readonly Family[] {
  return clusterIpFamilies.filter((family) => !assigned.some((ip) => familyOf(ip) === family));
}

function withoutPin({ annotations }: ServiceView): ServiceView['annotations'] {
  const pin = annotations['holdfast.dev/pin'];
  const kept = Object.entries(annotations).filter(
    ([key, value]) => !(key.endsWith('/loadBalancerIPs') && value === pin),
  );
  return Object.fromEntries(kept);
}
