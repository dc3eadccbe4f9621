import { poolOf } from '../../core/metallb/pool.ts';
import { ipRequestOf } from '../../core/metallb/request.ts';
import { mayShare, whyNotShare } from '../../core/metallb/sharing.ts';
import type { IpAddress } from '../../core/net/ip.ts';
import { isPinnable } from '../../core/repair/pin.ts';
import { strandWords, whyStranded } from '../../core/rules/no-strand.ts';
import { hasPools, isGuardedClass } from '../../core/scope.ts';
import { nameOf } from '../../core/service-ref.ts';
import type { ServiceView } from '../../core/service-view.ts';
import type { Viewpoint } from '../survey.ts';
import type { Finding } from './finding.ts';

/** IPs with owners that may not share them; the rightful one first, as a guard would judge. */
export function duplicates({ state, survey }: Viewpoint): readonly Finding[] {
  const found: Finding[] = [];
  for (const [ip, holdings] of state.ledger.contested()) {
    const services = holdings
      .map(({ service }) => service)
      .toSorted(
        (one, other) =>
          Number(state.ownership.isRightful(ip, other, survey.takenAt)) -
          Number(state.ownership.isRightful(ip, one, survey.takenAt)),
      );
    const [first, ...others] = services;
    const clash = others.find((other) =>
      services.some((one) => one !== other && !mayShare(one.sharing, other.sharing)),
    );
    if (first === undefined || clash === undefined) continue;
    const names = others.map(({ ref }) => nameOf(ref)).join(', ');
    const message = `also ${names}: ${whyNotShare(first.sharing, clash.sharing)}; ${nameOf(first.ref)} is rightful`;
    found.push({ code: 'Duplicate', object: nameOf(first.ref), ip, message });
  }
  return found;
}

/** Assigned IPs that MetalLB would not let their Service keep: it moves them at its next look, restart or upgrade. */
export function stranded(view: Viewpoint): readonly Finding[] {
  const { pools } = view.state;
  if (!hasPools(pools)) return [];
  return guarded(view).flatMap((service): readonly Finding[] => {
    const found = service.assigned.length === 0 ? undefined : whyStranded(service, pools);
    if (found === undefined) return [];
    const { ip, why } = found;
    const object = nameOf(service.ref);
    if (why === 'in-no-pool' && !isOfMetallb(service, ip, view)) {
      return [{ code: 'OutsidePools', object, ip, message: 'in no pool; MetalLB did not note that it gave it' }];
    }
    return [{ code: 'Stranded', object, ip, message: strandWords(why) }];
  });
}

/** Something says that MetalLB (or a user of it) means this IP: its note, a request, a pin, a claim. */
function isOfMetallb(service: ServiceView, ip: IpAddress, { state, survey }: Viewpoint): boolean {
  const noted = Object.keys(service.annotations).some((key) => key.endsWith('/ip-allocated-from-pool'));
  // 0.12 notes nothing; there the class alone says whose a Service is.
  return (
    noted ||
    ipRequestOf(service).kind !== 'none' ||
    state.book.get(ip) !== undefined ||
    survey.poolSource === 'configmap'
  );
}

export function malformed(view: Viewpoint): readonly Finding[] {
  return guarded(view).flatMap((service) =>
    service.malformed.map(
      (text): Finding => ({
        code: 'MalformedIp',
        object: nameOf(service.ref),
        message: `status has ${JSON.stringify(text)}`,
      }),
    ),
  );
}

/** Services that nothing holds to their IPs: neither a pin nor a request of the user. */
export function unpinned(view: Viewpoint): readonly Finding[] {
  return guarded(view).flatMap((service): readonly Finding[] => {
    const ips = ownIps(service, view);
    if (ips.length === 0) return [];
    const request = ipRequestOf(service);
    const about = { object: nameOf(service.ref), ip: ips.join(',') };
    if (request.kind === 'none') {
      const why = isPinnable(service, ips) ? 'neither pinned nor requested' : 'cannot be pinned: one IP, two families';
      return [{ ...about, code: 'Unpinned', message: why }];
    }
    if (request.kind !== 'pin' || isSame(request.ips, ips)) return [];
    return [{ ...about, code: 'PinDiffers', message: `pinned to ${request.ips.join(',')}` }];
  });
}

/** LoadBalancer Services of a guarded class that are not being deleted. */
export function guarded({ survey, scope }: Viewpoint): readonly ServiceView[] {
  return survey.services.filter(
    (service) => service.type === 'LoadBalancer' && !service.deleting && isGuardedClass(service, scope),
  );
}

/** Those IPs of a guarded Service that are holdfast's business: in a pool, or all when no pool is known. */
export function ownIps(service: ServiceView, { state }: Viewpoint): readonly IpAddress[] {
  const { pools } = state;
  return hasPools(pools) ? service.assigned.filter((ip) => poolOf(pools, ip) !== undefined) : service.assigned;
}

export function isSame(one: readonly IpAddress[], other: readonly IpAddress[]): boolean {
  return one.length === other.length && one.every((ip) => other.includes(ip));
}
