import type { Cluster } from './cluster.ts';
import { inParallel } from './in-parallel.ts';
import type { Manifest } from './kube-types.ts';
import { installMetallb, type MetallbController, startMetallb } from './metallb.ts';
import { applyPools, type Pool } from './metallb-pools.ts';
import { type ObserverOptions, observeServices, type ServiceObserver } from './observer.ts';
import { createService, createServices, type ServiceOptions } from './services.ts';
import type { StormResult } from './storm-result.ts';
import type { MetallbVersion } from './versions.ts';

/** What a hook may use: to start a guard, kill a replica, write something. */
export type StormContext = {
  readonly cluster: Cluster;
  readonly observer: ServiceObserver;
  /** Running controllers of the storm (none before they start). */
  readonly controllers: readonly MetallbController[];
};

export type StormHook = (context: StormContext) => Promise<void> | void;

/** Services that differ from each other, and the pools they live in. Without one all are alike. */
export type ServiceMix = ObserverOptions & {
  /** Applied before the pools, e.g. Namespaces. */
  readonly objects: readonly Manifest[];
  /** Instead of `pool`. */
  readonly pools: readonly Pool[];
  /** @param prefix of the names @param count how many */
  readonly services: (prefix: string, count: number) => readonly ServiceOptions[];
};

type Following = {
  /**
   * The storm is over when no Service changed and MetalLB's log was silent for this long (default 10 s)…
   * (0.14 first writes every status it finds, unchanged, at 20 a second: no event tells of that.)
   */
  readonly quietMs?: number;
  /** …or this long after its controllers started (default 60 s). */
  readonly deadlineMs?: number;
};

type Common = Following & {
  readonly metallb: MetallbVersion;
  /** Must be larger than all Services (default 10.200.0.0/20). */
  readonly pool?: Pool;
  readonly mix?: ServiceMix;
  /** MetalLB and the pool are installed, and there is no Service yet. */
  readonly beforeServices?: StormHook;
  /** The storm's controllers run. */
  readonly afterRestart?: StormHook;
  /** The storm is over and everything still runs. */
  readonly atEnd?: StormHook;
};

export type RestartStormOptions = Common & {
  /** Services with an IP when MetalLB is killed (default 250). */
  readonly assigned?: number;
  /** Services created while MetalLB is down (default 20). */
  readonly extra?: number;
  /** All are assigned, MetalLB was killed. */
  readonly beforeExtra?: StormHook;
  /** The extra Services are there, pending. */
  readonly beforeRestart?: StormHook;
};

export type TwoControllersStormOptions = Common & {
  /** Services, all pending (default 400). */
  readonly services?: number;
  /** All Services are there, no controller runs. */
  readonly beforeStart?: StormHook;
};

const defaultPool: Pool = { name: 'storm', addresses: ['10.200.0.0/20'] };
const lastMs = 10_000;

/**
 * MetalLB crashes, Services are created meanwhile, MetalLB comes back: with 0.13.12 the newcomers take IPs of others.
 */
export async function restartStorm(cluster: Cluster, options: RestartStormOptions): Promise<StormResult> {
  const { metallb, assigned = 250, extra = 20 } = options;
  return withObserver(cluster, options, async (observer) => {
    await createAll(cluster, options, { count: assigned, prefix: 'held' });
    const first = await startMetallb(cluster, metallb, { name: 'metallb-first' });
    await observer.waitUntilAssigned(assigned, 60_000 + assigned * 500);
    // The last status write may still have a Kubernetes Event or an annotation behind it.
    await observer.waitForQuiet(1000, 20_000);
    await first.kill();
    await options.beforeExtra?.({ cluster, observer, controllers: [] });
    await createAll(cluster, options, { count: extra, prefix: 'late' });
    await options.beforeRestart?.({ cluster, observer, controllers: [] });
    const startedAt = Date.now();
    const controllers = [await startMetallb(cluster, metallb, { name: 'metallb-second' })];
    const end = await follow({ cluster, observer, controllers }, options, startedAt);
    return { storm: 'restart', metallb, kube: cluster.kube, assigned, extra, ...end };
  });
}

/** Two controllers start in the same second, as in a rolling update: each has an allocator of its own. */
export async function twoControllersStorm(cluster: Cluster, options: TwoControllersStormOptions): Promise<StormResult> {
  const { metallb, services = 400 } = options;
  return withObserver(cluster, options, async (observer) => {
    await createAll(cluster, options, { count: services, prefix: 'both' });
    await options.beforeStart?.({ cluster, observer, controllers: [] });
    const startedAt = Date.now();
    const names = ['metallb-one', 'metallb-two'];
    const controllers = await Promise.all(names.map((name) => startMetallb(cluster, metallb, { name })));
    const end = await follow({ cluster, observer, controllers }, options, startedAt);
    return { storm: 'two controllers', metallb, kube: cluster.kube, assigned: 0, extra: services, ...end };
  });
}

async function withObserver(
  cluster: Cluster,
  options: Common,
  storm: (observer: ServiceObserver) => Promise<StormResult>,
): Promise<StormResult> {
  await installMetallb(cluster, options.metallb);
  const { mix } = options;
  await cluster.applyObjects(mix?.objects ?? []);
  await applyPools(cluster, options.metallb, mix?.pools ?? [options.pool ?? defaultPool]);
  const observer = await observeServices(cluster, mix);
  try {
    await options.beforeServices?.({ cluster, observer, controllers: [] });
    return await storm(observer);
  } finally {
    await observer.stop();
  }
}

async function createAll(
  cluster: Cluster,
  { mix }: Common,
  { count, prefix }: { readonly count: number; readonly prefix: string },
): Promise<void> {
  if (mix === undefined) await createServices(cluster, { count, prefix });
  else await inParallel(mix.services(prefix, count), 16, (service) => createService(cluster, service));
}

/** Looks on until it is quiet or too late, measures, and ends the controllers. */
async function follow(context: StormContext, options: Common, startedAt: number) {
  const { observer, controllers } = context;
  const before = observer.snapshot();
  await options.afterRestart?.(context);
  const deadline = startedAt + (options.deadlineMs ?? 60_000);
  const lastOutput = () => Math.max(...controllers.map((controller) => controller.process.lastOutputAtMs));
  const quiet = await observer.waitForQuiet(options.quietMs ?? 10_000, deadline - Date.now(), lastOutput);
  const now = Date.now();
  const after = observer.snapshot();
  const refused = (sinceMs: number) => controllers.reduce((sum, one) => sum + one.refusedWrites(sinceMs), 0);
  const gained = after.lastGainAtMs !== undefined && after.lastGainAtMs >= startedAt;
  const end = {
    moved: after.moved.length,
    doubledEver: after.doubledEver.length,
    doubledFinal: after.doubledNow.length,
    pendingEnd: after.pending.length,
    msToLastIp: gained ? (after.lastGainAtMs ?? startedAt) - startedAt : undefined,
    events: after.events - before.events,
    eventsLast10s: observer.eventsSince(now - lastMs),
    metallbRefusedWrites: refused(startedAt),
    refusedLast10s: refused(now - lastMs),
    quiet,
    followedMs: now - startedAt,
  };
  await options.atEnd?.(context);
  await Promise.all(controllers.map((controller) => controller.kill()));
  return end;
}
