import type { Choice, Wish } from '../allocator/allocator.ts';
import { isAvoided, type Pool, type Pools, poolAdmits, poolOf } from '../metallb/pool.ts';
import { familyOf, type IpAddress } from '../net/ip.ts';
import type { Ownership } from './ownership.ts';

/** An IP that only waits for a name. */
interface Waiting {
  readonly ip: IpAddress;
  readonly pool: Pool;
  readonly goneSince: number;
}

/**
 * When a pool has nothing free left, the sticky IP that has waited longest is given up. Looks at every claim, which is
 * fine: it is asked only when the allocator found nothing.
 * @param now epoch ms
 */
export function oldestSticky(wish: Wish, pools: Pools, ownership: Ownership, now: number): Choice | undefined {
  const waiting = allWaiting(wish, pools, ownership, now).sort((one, other) => one.goneSince - other.goneSince);
  for (const { pool } of waiting) {
    const here = waiting.filter((one) => one.pool === pool);
    const ips = wish.families.map((family) => here.find(({ ip }) => familyOf(ip) === family)?.ip);
    if (ips.every((ip) => ip !== undefined)) return { pool: pool.name, ips };
  }
  return undefined;
}

function allWaiting(
  { service, pool: wanted, avoid }: Wish,
  pools: Pools,
  ownership: Ownership,
  now: number,
): Waiting[] {
  if (pools.kind === 'unknown') return [];
  const found: Waiting[] = [];
  for (const claim of ownership.book.all()) {
    const pool = poolOf(pools, claim.ip);
    if (
      pool === undefined ||
      isAvoided(pool, claim.ip) ||
      avoid?.has(claim.ip) ||
      ownership.ledger.has(claim.ip) ||
      ownership.ledger.isRequested(claim.ip)
    )
      continue;
    if (wanted === undefined ? !pool.autoAssign : pool.name !== wanted) continue;
    if (!poolAdmits(pool, service, pools.namespaces)) continue;
    const judged = ownership.judge(claim, now);
    if (!judged.every(({ standing }) => standing === 'sticky')) continue;
    found.push({ ip: claim.ip, pool, goneSince: Math.max(...judged.map(({ holder }) => holder.goneSince ?? now)) });
  }
  return found;
}
