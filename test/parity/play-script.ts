import type { Pools } from '../../src/core/metallb/pool.ts';
import type { ServiceView } from '../../src/core/service-view.ts';
import { isStatus } from '../control-plane/api-error.ts';
import { servicePath } from '../control-plane/kube-types.ts';
import { applyPools, poolPath } from '../control-plane/metallb-pools.ts';
import { standingFaults } from './faults.ts';
import type { Change } from './follower.ts';
import { type Allocation, compareAllocation } from './fresh-allocation.ts';
import { HEART_POOL } from './heartbeat.ts';
import { type Outcome, perform } from './perform.ts';
import type { Edit, Script } from './script.ts';
import { settle } from './settle.ts';
import { readPools, type Stage, viewOf } from './stage.ts';
import type { Step } from './step.ts';

/** holdfast nudges MetalLB after 3 to 4.5 s. */
const NUDGE_MS = 6_000;

/** Takes away what the last script left, and makes the namespaces and pools of this one. */
export async function prepare(stage: Stage, script: Script): Promise<void> {
  await clear(stage);
  await stage.cluster.applyObjects(
    Object.entries(script.namespaces).map(([name, labels]) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels },
    })),
  );
  await applyPools(stage.cluster, stage.version, script.pools);
  await settle(stage, 'pools');
}

/** An edit that was made; the cluster has not come to rest yet. */
export interface Begun {
  readonly edit: Edit;
  readonly outcome: Outcome;
  readonly changes: readonly Change[];
  readonly decidedBefore: number;
}

export async function begin(stage: Stage, edit: Edit): Promise<Begun> {
  const changes: Change[] = [];
  stage.follower.onChange((change) => changes.push(change));
  const decidedBefore = stage.guard?.decisions.length ?? 0;
  return { edit, changes, decidedBefore, outcome: await perform(stage, edit) };
}

/** Waits until the cluster is at rest; beside the guard also for a nudge, if somebody waits for what is there. */
export async function finish(stage: Stage, { edit, outcome, changes, decidedBefore }: Begun): Promise<Step> {
  const isPools = edit.kind === 'pool' || edit.kind === 'rename-pool' || edit.kind === 'namespace';
  let isQuiet = await settle(stage, isPools ? 'pools' : 'service');
  const pools = await readPools(stage);
  if (stage.guard !== undefined) {
    const deadline = Date.now() + NUDGE_MS;
    while (
      Date.now() < deadline &&
      standingFaults(loadBalancers(stage), { pools, version: stage.version }).length > 0
    ) {
      await stage.follower.event(deadline - Date.now());
      isQuiet = await settle(stage, 'service');
    }
  }
  return {
    outcome,
    services: loadBalancers(stage),
    pools,
    allocations: changes.flatMap((change) => allocation(stage, change, pools) ?? []),
    decisions: (stage.guard?.decisions.slice(decidedBefore) ?? []).filter(
      ({ verdict, reason }) => verdict !== 'allow' && (verdict !== 'warn' || reason === 'RequestTaken'),
    ),
    isQuiet,
  };
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
  await Promise.all(mine.map(({ metadata }) => client.delete(servicePath(metadata.namespace ?? '', metadata.name))));
  await settle(stage, 'service');
  const pools = await client.list(poolPath());
  for (const { metadata } of pools.items) {
    if (metadata.name === HEART_POOL) continue;
    await client.delete(poolPath(metadata.name)).catch((error: unknown) => {
      if (!isStatus(error, 404)) throw error;
    });
  }
}
