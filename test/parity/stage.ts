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

/** A cluster with one MetalLB controller, and a holdfast if it is the guarded one. */
export interface Stage {
  readonly version: MetallbVersion;
  readonly cluster: Cluster;
  readonly follower: Follower;
  readonly guard: Guard | undefined;
  stop(): Promise<void>;
}

export async function setStage(version: MetallbVersion, guarded: boolean): Promise<Stage> {
  const cluster = await startCluster({ dualStack: true });
  try {
    await installMetallb(cluster, version);
    const guard = guarded ? await prepareGuard(cluster, { mode: 'repair' }) : undefined;
    await guard?.start();
    await startMetallb(cluster, version);
    const follower = new Follower(cluster.client());
    await follower.start();
    const stop = async () => {
      await follower.stop();
      await cluster.stop();
    };
    return { version, cluster, follower, guard, stop };
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
    pools: pools.items.map((pool) => poolToCore({ ...pool })),
    namespaces: new Map(namespaces.items.map(({ metadata }) => [metadata.name, metadata.labels ?? {}])),
  };
}

export function viewOf(service: Service): ReturnType<typeof serviceToView> {
  return serviceToView({ ...service });
}
