import type { Pools } from '../../src/core/metallb/pool.ts';
import { poolToCore } from '../../src/review/pool-to-core.ts';
import { serviceToView } from '../../src/review/service-to-view.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import type { KubeObject, Service } from '../control-plane/kube-types.ts';
import { installMetallb, startMetallb } from '../control-plane/metallb.ts';
import { poolPath } from '../control-plane/metallb-pools.ts';
import type { MetallbVersion } from '../control-plane/versions.ts';
import { type Guard, prepareGuard } from '../e2e/support/guard.ts';
import { Follower } from './follower.ts';
import { HEART_POOL, Heartbeat } from './heartbeat.ts';

/** A cluster with one MetalLB controller, and a holdfast if it is the guarded one. */
export interface Stage {
  readonly version: MetallbVersion;
  readonly cluster: Cluster;
  readonly follower: Follower;
  readonly heartbeat: Heartbeat;
  readonly guard: Guard | undefined;
  /** Whether IPs wait for Services that are deleted. */
  readonly isSticky: boolean;
  stop(): Promise<void>;
}

/** How holdfast is started. */
export interface StageOptions {
  readonly guarded: boolean;
  /** `--sticky-for`: 0s comes closest to MetalLB alone. */
  readonly stickyFor: string;
}

export async function setStage(version: MetallbVersion, { guarded, stickyFor }: StageOptions): Promise<Stage> {
  const cluster = await startCluster({ dualStack: true });
  try {
    await installMetallb(cluster, version);
    const flags = [`--sticky-for=${stickyFor}`];
    const guard = guarded ? await prepareGuard(cluster, { mode: 'repair', flags }) : undefined;
    await guard?.start();
    await startMetallb(cluster, version);
    const follower = new Follower(cluster.client());
    await follower.start();
    const heartbeat = new Heartbeat(cluster, follower);
    await heartbeat.begin(version);
    const stop = async () => {
      await follower.stop();
      await cluster.stop();
    };
    const isSticky = guarded && !stickyFor.startsWith('0');
    return { version, cluster, follower, heartbeat, guard, isSticky, stop };
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** Pools and namespace labels as the API server has them now. */
export async function readPools({ cluster }: Stage): Promise<Pools> {
  const client = cluster.client();
  const [pools, namespaces] = await Promise.all([
    client.list(poolPath()),
    client.list<KubeObject>('/api/v1/namespaces'),
  ]);
  return {
    kind: 'known',
    pools: pools.items.filter(({ metadata }) => metadata.name !== HEART_POOL).map((pool) => poolToCore({ ...pool })),
    namespaces: new Map(namespaces.items.map(({ metadata }) => [metadata.name, metadata.labels ?? {}])),
  };
}

export function viewOf(service: Service): ReturnType<typeof serviceToView> {
  return serviceToView({ ...service });
}
