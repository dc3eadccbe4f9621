import type { Ledger } from '../ledger/ledger.ts';
import { missingPoolOf, type Pools, poolOf } from '../metallb/pool.ts';
import { ipRequestOf } from '../metallb/request.ts';
import { mayShare } from '../metallb/sharing.ts';
import type { IpAddress } from '../net/ip.ts';
import { hasPools } from '../scope.ts';
import type { ServiceView } from '../service-view.ts';

/** What a pin is held against. */
export interface PinGround {
  readonly ledger: Pick<Ledger, 'holdersOf'>;
  readonly pools: Pools;
}

/**
 * True when MetalLB can never give a pending Service what it is pinned to: another Service has the IP in its status (a
 * replica whose clock is far ahead took the claim for an old one), or the IP lies in no pool any more (a pool may be made
 * smaller where nobody has an IP yet).
 */
export function isPinInVain(service: ServiceView, ground: PinGround): boolean {
  const request = ipRequestOf(service);
  if (request.kind !== 'pin') return false;
  return request.ips.some((ip) => isInNoPool(ip, ground.pools) || isWithAnother(ip, service, ground));
}

function isInNoPool(ip: IpAddress, pools: Pools): boolean {
  return hasPools(pools) && poolOf(pools, ip) === undefined && missingPoolOf(pools, ip) === undefined;
}

function isWithAnother(ip: IpAddress, { ref, sharing }: ServiceView, { ledger }: PinGround): boolean {
  return ledger
    .holdersOf(ip)
    .some(
      ({ service, state }) =>
        state === 'assigned' && service.ref.uid !== ref.uid && !mayShare(service.sharing, sharing),
    );
}
