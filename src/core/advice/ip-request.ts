import { wantedFamilies } from '../allocator/families.ts';
import type { Advice } from '../decision.ts';
import { isAvoided, type Pools, poolAdmits, poolOf } from '../metallb/pool.ts';
import { ipRequestOf, poolRequestOf } from '../metallb/request.ts';
import { familyOf, type IpAddress } from '../net/ip.ts';
import { hasPools } from '../scope.ts';
import type { ServiceView } from '../service-view.ts';
import type { Edit, Surroundings } from './known.ts';

/** What comes of asking for IPs, besides those that somebody else has. */
export function ipRequest({ becomes }: Edit, { pools, ownership }: Surroundings): readonly Advice[] {
  const request = ipRequestOf(becomes);
  if (request.kind === 'invalid') {
    return [{ reason: 'RequestInvalid', text: `MetalLB cannot read the request: ${request.why}` }];
  }
  if (request.kind !== 'ips') return [];
  const useless = request.ips.flatMap((ip) => {
    const why = whyUseless(becomes, ip, pools);
    return why === undefined ? [] : [{ reason: 'RequestUseless' as const, text: `${ip} will not be given: ${why}` }];
  });
  return [...useless, ...wrongFamilies(becomes, request.ips, ownership.ledger.primaryFamily)];
}

function whyUseless(service: ServiceView, ip: IpAddress, pools: Pools): string | undefined {
  if (!hasPools(pools)) return undefined;
  const pool = poolOf(pools, ip);
  const wanted = poolRequestOf(service);
  if (pool === undefined) return 'it is in no pool';
  if (isAvoided(pool, ip)) return `its pool ${pool.name} avoids it (avoidBuggyIPs)`;
  if (wanted !== undefined && pool.name !== wanted) return 'it is not in the pool that is requested as well';
  return poolAdmits(pool, service, pools.namespaces) ? undefined : `its pool ${pool.name} does not admit this Service`;
}

/** MetalLB gives nothing at all unless the families of the requested IPs are those of the ClusterIPs (0.13–0.16). */
function wrongFamilies(
  service: ServiceView,
  ips: readonly IpAddress[],
  primary: ReturnType<typeof familyOf> | undefined,
): readonly Advice[] {
  const wanted = wantedFamilies(service, { primary, dualStack: undefined })?.families;
  const families = ips.map(familyOf);
  if (wanted === undefined || (wanted.length === ips.length && wanted.every((one) => families.includes(one))))
    return [];
  const text = `${families.join(' and ')} is requested, and the Service has ${wanted.join(' and ')}`;
  return [{ reason: 'RequestUseless', text }];
}
