import type { Pool } from '../control-plane/metallb-pools.ts';
import type { MetallbVersion } from '../control-plane/versions.ts';
import { Random } from './random.ts';
import { randomPatch } from './random-patches.ts';
import { randomPoolEdit } from './random-pool-edits.ts';
import { randomPools } from './random-pools.ts';
import type { Stack } from './random-requests.ts';
import { type Named, randomService } from './random-services.ts';
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
  readonly version: MetallbVersion;
  pools: readonly Pool[];
  readonly alive: Map<string, Named>;
  readonly gone: Map<string, Named>;
}

/** Invents a small cluster and what its users do. IPs, namespaces and labels of two layouts never meet. */
export function generate({ seed, layout, edits, version }: GenerateOptions): Script {
  const random = new Random(seed * 1000 + layout);
  const namespaces = [`l${layout}-red`, `l${layout}-blue`];
  const pools = randomPools(random, { layout, namespaces, version });
  const draft: Draft = { random, layout, namespaces, version, pools, alive: new Map(), gone: new Map() };
  const starters = Array.from({ length: 3 + random.below(3) }, (_, i) => create(draft, newcomer(draft, `s${i}`)));
  const later = Array.from({ length: edits }, () => nextEdit(draft));
  const labels = Object.fromEntries(namespaces.map((name) => [name, { [`team-${layout}`]: name.split('-')[1] ?? '' }]));
  return { seed, layout, namespaces: labels, pools, edits: [...starters, ...later] };
}

function newcomer({ random, namespaces }: Draft, name: string): Named {
  const stacks: readonly Stack[] = ['v4', 'v4', 'v4', 'v4', 'v4', 'v6', 'dual', 'dual', 'dual', 'dual'];
  return { name, namespace: random.pick(namespaces), stack: random.pick(stacks) };
}

function create(draft: Draft, named: Named): Edit {
  draft.alive.set(named.name, named);
  draft.gone.delete(named.name);
  return { kind: 'create', what: 'create', service: randomService(draft.random, draft, named) };
}

function nextEdit(draft: Draft): Edit {
  const { random, alive, gone } = draft;
  const dice = random.below(100);
  const [old] = gone.values();
  if (dice < 10 && old !== undefined) return { ...create(draft, old), what: 're-create' };
  if (dice < 18 || alive.size === 0) return create(draft, newcomer(draft, `s${alive.size + gone.size}`));
  const named = random.pick([...alive.values()]);
  if (dice < 28) return remove(draft, named);
  if (dice < 80) return patch(draft, named);
  if (dice < 85) return relabel(draft);
  const { edit, pools } = randomPoolEdit(draft);
  draft.pools = pools;
  return edit;
}

function patch({ random, alive, ...around }: Draft, named: Named): Edit {
  const { stack, ...change } = randomPatch(random, around, named.stack);
  if (stack !== undefined) alive.set(named.name, { ...named, stack });
  return { kind: 'patch', namespace: named.namespace, name: named.name, ...change };
}

function remove(draft: Draft, named: Named): Edit {
  draft.alive.delete(named.name);
  draft.gone.set(named.name, named);
  return { kind: 'delete', what: 'delete', namespace: named.namespace, name: named.name };
}

function relabel({ random, layout, namespaces }: Draft): Edit {
  const labels = { [`team-${layout}`]: random.pick(['red', 'blue', null]) };
  return { kind: 'namespace', what: 'namespace labels', namespace: random.pick(namespaces), labels };
}
