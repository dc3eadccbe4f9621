import type { Pool } from '../control-plane/metallb-pools.ts';
import type { Random } from './random.ts';

/** Which families a Service has. */
export type Stack = 'v4' | 'v6' | 'dual';

interface Around {
  readonly layout: number;
  readonly pools: readonly Pool[];
}

/** A value for `loadBalancerIPs`: mostly IPs of one pool and of the right families, sometimes anything. */
export function randomRequest(random: Random, { layout, pools }: Around, stack: Stack): string {
  const pool = random.pick(pools);
  const number = /p(\d+)/.exec(pool.name)?.[1] ?? '0';
  const strange = random.chance(15);
  const v4 = (!strange && ipIn(random, pool, false)) || `10.${layout % 250}.${number}.${random.pick([0, 3, 16, 254])}`;
  const v6 = (!strange && ipIn(random, pool, true)) || `fd00:${layout % 250}:${number}::${random.below(8)}`;
  if (random.chance(4)) return random.pick(['nonsense', `${v4},${v4}`, `${v4},`]);
  const wanted = random.chance(10) ? random.pick(['v4', 'v6', 'dual'] as const) : stack;
  return { v4, v6, dual: `${v4},${v6}` }[wanted];
}

/** An IP out of the pool's addresses as the generator writes them: small blocks, and ranges in the last part. */
function ipIn(random: Random, { addresses }: Pool, isV6: boolean): string | undefined {
  const fitting = addresses.filter((address) => address.includes(':') === isV6);
  if (fitting.length === 0) return undefined;
  const address = random.pick(fitting);
  const separator = isV6 ? ':' : '.';
  const [first = '', last] = address.replace(/\/\d+$/, '').split('-');
  const cut = first.lastIndexOf(separator) + 1;
  const size = Number(/\/(\d+)$/.exec(address)?.[1] ?? 0);
  const start = Number(first.slice(cut));
  const end =
    last === undefined
      ? start + 2 ** ((isV6 ? 128 : 32) - size) - 1
      : Number(last.slice(last.lastIndexOf(separator) + 1));
  return `${first.slice(0, cut)}${start + random.below(end - start + 1)}`;
}
