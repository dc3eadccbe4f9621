import type { Pool } from '../control-plane/metallb-pools.ts';
import type { MetallbVersion } from '../control-plane/versions.ts';
import type { Random } from './random.ts';
import { randomAllocation } from './random-pools.ts';
import type { Edit } from './script.ts';

interface Around {
  readonly random: Random;
  readonly layout: number;
  readonly namespaces: readonly string[];
  readonly version: MetallbVersion;
  readonly pools: readonly Pool[];
}

const CHANGES = ['grow', 'grow', 'shrink', 'rename', 'avoidBuggy', 'autoAssign', 'allocation', 'priority'] as const;

/** An edit of a pool, and the pools after it (if nobody refuses it). */
export function randomPoolEdit(around: Around): { readonly edit: Edit; readonly pools: readonly Pool[] } {
  const { random, pools } = around;
  const pool = random.pick(pools);
  const change = random.pick(CHANGES);
  if (change === 'rename') {
    const becomes = { ...pool, name: `${pool.name}x` };
    const edit: Edit = { kind: 'rename-pool', what: 'pool rename', name: pool.name, becomes };
    return { edit, pools: pools.map((other) => (other === pool ? becomes : other)) };
  }
  const edited = editedPool(pool, change, around);
  const { name, ...spec } = edited;
  const edit: Edit = { kind: 'pool', what: `pool ${change}`, name, spec };
  return { edit, pools: pools.map((other) => (other === pool ? edited : other)) };
}

function editedPool(pool: Pool, change: Exclude<(typeof CHANGES)[number], 'rename'>, around: Around): Pool {
  const number = Number(/p(\d+)/.exec(pool.name)?.[1] ?? 0);
  switch (change) {
    case 'grow':
      return { ...pool, addresses: [...pool.addresses, grownBlock(pool, number, around.layout)] };
    case 'shrink':
      return { ...pool, addresses: pool.addresses.length > 1 ? pool.addresses.slice(0, -1) : pool.addresses };
    case 'avoidBuggy':
      return { ...pool, avoidBuggyIPs: pool.avoidBuggyIPs !== true };
    case 'autoAssign':
      return { ...pool, autoAssign: pool.autoAssign === false };
    case 'allocation':
      return number === 0 ? pool : { ...pool, serviceAllocation: randomAllocation(around.random, around, number) };
    case 'priority':
      return pool.serviceAllocation === undefined
        ? pool
        : { ...pool, serviceAllocation: { ...pool.serviceAllocation, priority: 30 + number } };
  }
}

/** The next /30 of the pool's own third octet, far above where it began. */
function grownBlock({ addresses }: Pool, number: number, layout: number): string {
  return `10.${layout % 250}.${number}.${100 + 4 * addresses.length}/30`;
}
