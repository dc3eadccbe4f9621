import { wantedFamilies } from '../allocator/families.ts';
import type { Advice } from '../decision.ts';
import { poolAdmits, poolOf } from '../metallb/pool.ts';
import { poolRequestOf } from '../metallb/request.ts';
import { hasPools } from '../scope.ts';
import type { ServiceView } from '../service-view.ts';
import type { Edit, Surroundings } from './known.ts';

/** What comes of asking for a pool by name: nothing, if it does not exist, is full or does not admit the Service. */
export function poolRequest({ becomes }: Edit, around: Surroundings): readonly Advice[] {
  const { pools } = around;
  const name = poolRequestOf(becomes);
  if (name === undefined || !hasPools(pools)) return [];
  const elsewhere = becomes.assigned.filter((ip) => poolOf(pools, ip)?.name !== name);
  if (becomes.assigned.length > 0 && elsewhere.length === 0) return [];
  const stays = elsewhere.length === 0 ? '' : `; ${elsewhere.join(' and ')} stays`;
  const pool = pools.pools.find((one) => one.name === name);
  if (pool === undefined) return [{ reason: 'PoolUnknown', text: `there is no pool ${short(name)}${stays}` }];
  if (!poolAdmits(pool, becomes, pools.namespaces)) {
    return [{ reason: 'RequestUseless', text: `pool ${short(name)} does not admit this Service${stays}` }];
  }
  if (!hasRoom(becomes, name, around)) {
    return [{ reason: 'PoolFull', text: `pool ${short(name)} has no free IP for this Service${stays}` }];
  }
  if (elsewhere.length === 0) return [];
  return [{ reason: 'PoolMove', text: `${elsewhere.join(' and ')} will change: it is not in pool ${short(name)}` }];
}

function hasRoom(service: ServiceView, pool: string, { ownership, choose }: Surroundings): boolean {
  const wanted = wantedFamilies(service, { primary: ownership.ledger.primaryFamily, dualStack: undefined });
  return wanted === undefined || choose({ service, ...wanted, pool }) !== undefined;
}

/** Annotations may be long, and what follows the name matters. */
function short(name: string): string {
  return name.length <= 40 ? `"${name}"` : `"${name.slice(0, 39)}…"`;
}
