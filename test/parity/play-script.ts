import type { Pools } from '../../src/core/metallb/pool.ts';
import type { ServiceView } from '../../src/core/service-view.ts';
import { isStatus } from '../control-plane/api-error.ts';
import { servicePath } from '../control-plane/kube-types.ts';
import { applyPools, poolPath } from '../control-plane/metallb-pools.ts';
import type { LoggedDecision } from '../e2e/support/guard.ts';
import { choicesFor } from './choices.ts';
import type { Change } from './follower.ts';
import { type Allocation, compareAllocation } from './fresh-allocation.ts';
import { type Outcome, perform } from './perform.ts';
import type { Edit, Script } from './script.ts';
import { readPools, type Stage, viewOf } from './stage.ts';

/** The cluster after one edit, when it was quiet. */
export interface Step {
  readonly outcome: Outcome;
  readonly services: readonly ServiceView[];
  readonly pools: Pools;
  readonly allocations: readonly Allocation[];
  /** What holdfast decided meanwhile, but for plain passes. */
  readonly decisions: readonly LoggedDecision[];
  readonly isQuiet: boolean;
}

const QUIET_MS = 350;
const GIVE_UP_MS = 8_000;
/** holdfast nudges MetalLB after 3 to 4.5 s. */
const NUDGE_MS = 6_000;

/** Plays a script from an empty cluster. @param skip edits not to make (by number), e.g. those the guard refused */
export async function playScript(stage: Stage, script: Script, skip: ReadonlySet<number>): Promise<readonly Step[]> {
  await clear(stage);
  await stage.cluster.applyObjects(
    Object.entries(script.namespaces).map(([name, labels]) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels },
    })),
  );
  await applyPools(stage.cluster, stage.version, script.pools);
  await stage.follower.quiet(QUIET_MS, GIVE_UP_MS);
  const steps: Step[] = [];
  for (const [number, edit] of script.edits.entries())
    steps.push(await play(stage, skip.has(number) ? undefined : edit));
  return steps;
}

async function play(stage: Stage, edit: Edit | undefined): Promise<Step> {
  const changes: Change[] = [];
  stage.follower.onChange((change) => changes.push(change));
  const decided = stage.guard?.decisions.length ?? 0;
  const outcome: Outcome = edit === undefined ? { kind: 'invalid', message: 'left out' } : await perform(stage, edit);
  let isQuiet = await stage.follower.quiet(QUIET_MS, GIVE_UP_MS);
  const pools = await readPools(stage);
  if (stage.guard !== undefined && missing(stage, pools).length > 0) {
    await stage.follower.event(NUDGE_MS);
    isQuiet = await stage.follower.quiet(QUIET_MS, GIVE_UP_MS);
  }
  return {
    outcome,
    services: loadBalancers(stage),
    pools,
    allocations: changes.flatMap((change) => allocation(stage, change, pools) ?? []),
    decisions: (stage.guard?.decisions.slice(decided) ?? []).filter(({ verdict }) => verdict !== 'allow'),
    isQuiet,
  };
}

/** Names of Services without IPs for which our allocator would find some. */
export function missingOf(
  services: readonly ServiceView[],
  pools: Pools,
  version: Stage['version'],
): readonly string[] {
  const pending = services.filter(({ assigned }) => assigned.length === 0);
  return pending
    .filter(
      (service) => choicesFor(service, { pools, others: services.filter((s) => s !== service), version }).length > 0,
    )
    .map(({ ref }) => `${ref.namespace}/${ref.name}`);
}

function missing(stage: Stage, pools: Pools): readonly string[] {
  return missingOf(loadBalancers(stage), pools, stage.version);
}

function loadBalancers({ follower }: Stage): readonly ServiceView[] {
  return follower
    .services()
    .map(viewOf)
    .filter(({ type }) => type === 'LoadBalancer');
}

function allocation({ version }: Stage, { before, after, others }: Change, pools: Pools): Allocation | undefined {
  if (after === undefined) return undefined;
  const held = before === undefined ? [] : viewOf(before).assigned;
  return compareAllocation(held, viewOf(after), { pools, others: others.map(viewOf), version });
}

/** Takes everything of the last script away: Services first, so that no pool is needed any more. */
async function clear(stage: Stage): Promise<void> {
  const client = stage.cluster.client();
  const mine = stage.follower.services().filter(({ metadata }) => metadata.name !== 'kubernetes');
  for (const { metadata } of mine) await client.delete(servicePath(metadata.namespace ?? '', metadata.name));
  await stage.follower.quiet(QUIET_MS, GIVE_UP_MS);
  const pools = await client.list(poolPath());
  for (const { metadata } of pools.items) {
    await client.delete(poolPath(metadata.name)).catch((error: unknown) => {
      if (!isStatus(error, 404)) throw error;
    });
  }
}
