import type { Pool } from '../control-plane/metallb-pools.ts';
import type { MetallbVersion } from '../control-plane/versions.ts';
import { Random } from './random.ts';
import { randomPools } from './random-pools.ts';
import { randomPatch, randomService } from './random-services.ts';
import type { Edit, Script } from './script.ts';

export interface GenerateOptions {
  readonly seed: number;
  readonly layout: number;
  readonly edits: number;
  readonly version: MetallbVersion;
}

/** What the generator knows of the cluster while it invents edits. */
interface Draft {
  readonly random: Random;
  readonly layout: number;
  readonly namespaces: readonly string[];
  pools: readonly Pool[];
  readonly alive: Map<string, string>;
  readonly gone: Map<string, string>;
}

/** Invents a small cluster and what its users do. IPs, namespaces and labels of two layouts never meet. */
export function generate({ seed, layout, edits, version }: GenerateOptions): Script {
  const random = new Random(seed * 1000 + layout);
  const namespaces = [`l${layout}-red`, `l${layout}-blue`];
  const pools = randomPools(random, { layout, namespaces, version });
  const draft: Draft = { random, layout, namespaces, pools, alive: new Map(), gone: new Map() };
  const starters = Array.from({ length: 3 + random.below(4) }, (_, i) => create(draft, `s${i}`));
  const later = Array.from({ length: edits }, () => nextEdit(draft));
  const labels = Object.fromEntries(namespaces.map((name) => [name, { [`team-${layout}`]: name.split('-')[1] ?? '' }]));
  return { seed, layout, namespaces: labels, pools, edits: [...starters, ...later] };
}

function create(draft: Draft, name: string, namespace = draft.random.pick(draft.namespaces)): Edit {
  draft.alive.set(name, namespace);
  draft.gone.delete(name);
  return { kind: 'create', what: 'create', service: randomService(draft.random, draft, { name, namespace }) };
}

function nextEdit(draft: Draft): Edit {
  const { random, alive, gone } = draft;
  const dice = random.below(100);
  const old = [...gone][0];
  if (dice < 10 && old !== undefined) return { ...create(draft, old[0], old[1]), what: 're-create' };
  if (dice < 18 || alive.size === 0) return create(draft, `s${alive.size + gone.size}`);
  const [name, namespace] = random.pick([...alive]);
  if (dice < 28) return remove(draft, name, namespace);
  if (dice < 80) return { kind: 'patch', namespace, name, ...randomPatch(random, draft) };
  if (dice < 85) return relabel(draft);
  return poolEdit(draft);
}

function remove(draft: Draft, name: string, namespace: string): Edit {
  draft.alive.delete(name);
  draft.gone.set(name, namespace);
  return { kind: 'delete', what: 'delete', namespace, name };
}

function relabel({ random, layout, namespaces }: Draft): Edit {
  const labels = { [`team-${layout}`]: random.pick(['red', 'blue', null]) };
  return { kind: 'namespace', what: 'namespace labels', namespace: random.pick(namespaces), labels };
}

function poolEdit(draft: Draft): Edit {
  const { random } = draft;
  const pool = random.pick(draft.pools);
  const change = random.pick(['grow', 'shrink', 'rename', 'avoidBuggy', 'autoAssign'] as const);
  if (change === 'rename') {
    const becomes = { ...pool, name: `${pool.name}x` };
    draft.pools = draft.pools.map((other) => (other === pool ? becomes : other));
    return { kind: 'rename-pool', what: 'pool rename', name: pool.name, becomes };
  }
  const edited = editedPool(pool, change);
  draft.pools = draft.pools.map((other) => (other === pool ? edited : other));
  const { name, ...spec } = edited;
  return { kind: 'pool', what: `pool ${change}`, name, spec };
}

function editedPool(pool: Pool, change: 'grow' | 'shrink' | 'avoidBuggy' | 'autoAssign'): Pool {
  switch (change) {
    case 'grow':
      return { ...pool, addresses: [...pool.addresses, grownBlock(pool)] };
    case 'shrink':
      return { ...pool, addresses: pool.addresses.length > 1 ? pool.addresses.slice(0, -1) : pool.addresses };
    case 'avoidBuggy':
      return { ...pool, avoidBuggyIPs: pool.avoidBuggyIPs !== true };
    case 'autoAssign':
      return { ...pool, autoAssign: pool.autoAssign === false };
  }
}

/** The next /30 of the pool's own third octet, far above where it began. */
function grownBlock({ name, addresses }: Pool): string {
  const [, layout = '0', number = '0'] = /^l(\d+)p(\d+)/.exec(name) ?? [];
  return `10.${Number(layout) % 250}.${number}.${100 + 4 * addresses.length}/30`;
}
