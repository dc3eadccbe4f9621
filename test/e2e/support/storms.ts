import assert from 'node:assert/strict';
import type { Cluster } from '../../control-plane/cluster.ts';
import { type ClusterOptions, startCluster } from '../../control-plane/cluster.ts';
import type { Service } from '../../control-plane/kube-types.ts';
import type { ObserverSnapshot } from '../../control-plane/observer.ts';
import {
  type RestartStormOptions,
  restartStorm,
  type StormContext,
  type TwoControllersStormOptions,
  twoControllersStorm,
} from '../../control-plane/storm.ts';
import type { StormResult } from '../../control-plane/storm-result.ts';
import { type GuardGroup, type GuardOptions, prepareGuards } from './guard.ts';
import type { GuardedStorm } from './report.ts';

/** Who stands guard, and from when. */
export interface Guarding extends GuardOptions {
  /** In the table; default the mode. */
  readonly name?: string;
  readonly replicas: number;
  /** `before` the first Service; `after` all Services exist, before the storm's controllers start. */
  readonly installed: 'before' | 'after';
}

/** What a storm left behind. */
export interface Seen {
  readonly row: GuardedStorm;
  readonly snapshot: ObserverSnapshot;
  /** As they were at the end. */
  readonly services: readonly Service[];
  /** From the start of the storm's controllers until the last change of a Service. MetalLB may log on without writing. */
  readonly silentAfterMs: number;
  readonly guards: GuardGroup | undefined;
}

type Disturb = (context: StormContext, guards: GuardGroup) => Promise<void>;

interface Common {
  readonly cluster?: ClusterOptions;
  readonly guarding?: Guarding | undefined;
  /** What happens to the guard while the storm's controllers run. */
  readonly disturb?: Disturb;
}

/** A restart storm in a cluster of its own. */
export function runRestart(storm: RestartStormOptions & Common): Promise<Seen> {
  return run(storm, (cluster, hooks) =>
    restartStorm(cluster, { ...storm, beforeServices: hooks.before, beforeRestart: hooks.after, ...hooks.during }),
  );
}

/** Two controllers at once in a cluster of its own. */
export function runTwo(storm: TwoControllersStormOptions & Common): Promise<Seen> {
  return run(storm, (cluster, hooks) =>
    twoControllersStorm(cluster, { ...storm, beforeServices: hooks.before, beforeStart: hooks.after, ...hooks.during }),
  );
}

interface Hooks {
  readonly before: () => Promise<void>;
  readonly after: () => Promise<void>;
  readonly during: Pick<RestartStormOptions, 'afterRestart' | 'atEnd'>;
}

async function run(
  { cluster: options, guarding, disturb }: Common,
  storm: (cluster: Cluster, hooks: Hooks) => Promise<StormResult>,
): Promise<Seen> {
  const cluster = await startCluster(options);
  const guards = guarding === undefined ? undefined : await prepareGuards(cluster, guarding.replicas, guarding);
  let snapshot: ObserverSnapshot | undefined;
  let services: readonly Service[] = [];
  let endedAt = 0;
  try {
    const result = await storm(cluster, {
      before: async () => (guarding?.installed === 'before' ? guards?.start() : undefined),
      after: async () => (guarding?.installed === 'after' ? guards?.start() : undefined),
      during: {
        afterRestart: async (context) => {
          if (disturb !== undefined && guards !== undefined) await disturb(context, guards);
        },
        atEnd: ({ observer }) => {
          snapshot = observer.snapshot();
          services = observer.ledger.services();
          endedAt = Date.now();
        },
      },
    });
    assert.ok(snapshot);
    const row = {
      ...result,
      guard: guarding?.name ?? guarding?.mode ?? 'none',
      refusedByGuard: guards?.refusals().length,
      repairedByGuard: guards?.repairs().length,
    };
    const silentAfterMs = result.followedMs - (endedAt - snapshot.lastEventAtMs);
    return { row, snapshot, services, silentAfterMs, guards };
  } finally {
    guards?.stop();
    await cluster.stop();
  }
}
