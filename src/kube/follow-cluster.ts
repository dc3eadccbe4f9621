import type { ClusterState } from '../app/cluster-state.ts';
import type { Cache, Readiness } from '../app/readiness.ts';
import { isObject, type JsonObject, objectAt, stringAt, stringMapAt } from '../review/json.ts';
import { poolToCore } from '../review/pool-to-core.ts';
import { serviceToView } from '../review/service-to-view.ts';
import type { KubeClient } from './kube-client.ts';
import { superviseWatch } from './watch.ts';
import type { ListedAt, ObjectId, SupervisedWatch, WatchState } from './watch-types.ts';

/** What {@link followCluster} fills, and whom it tells. */
export interface Followed {
  readonly client: KubeClient;
  readonly state: ClusterState;
  readonly readiness: Readiness;
  /** MetalLB reads its pools from this namespace only. */
  readonly metallbNamespace: string;
  readonly onState: (label: string, state: WatchState) => void;
  readonly onHandlerError: (error: unknown, where: string) => void;
}

/** Follows Services, pools and namespaces, and marks each as synced after its first complete list. */
export function followCluster(followed: Followed): readonly SupervisedWatch[] {
  return [followServices(followed), followPools(followed), followNamespaces(followed)];
}

function followServices(followed: Followed): SupervisedWatch {
  const { ledger } = followed.state;
  return superviseWatch({
    ...common(followed, 'services', '/api/v1/services'),
    project: (raw) => (isObject(raw) ? serviceToView(raw) : undefined),
    sink: {
      ...reporting(followed, 'services'),
      replaced: (views, at) => {
        ledger.replaceAll(views, Number(at.resourceVersion) || 0);
        followed.readiness.met('services');
      },
      upserted: (view) => ledger.upsert(view),
      deleted: (id) => ledger.remove(id.uid),
    },
  });
}

function followPools(followed: Followed): SupervisedWatch {
  const { state, readiness, metallbNamespace } = followed;
  return superviseWatch({
    ...common(followed, 'pools', `/apis/metallb.io/v1beta1/namespaces/${metallbNamespace}/ipaddresspools`),
    project: (raw) => (isObject(raw) ? poolToCore(raw) : undefined),
    sink: {
      ...reporting(followed, 'pools'),
      replaced: (pools, { absent }: ListedAt) => {
        state.replacePools(absent ? undefined : pools);
        readiness.met('pools');
      },
      upserted: (pool) => state.putPool(pool),
      deleted: ({ name }: ObjectId) => state.removePool(name),
    },
  });
}

function followNamespaces(followed: Followed): SupervisedWatch {
  const { state, readiness } = followed;
  return superviseWatch({
    ...common(followed, 'namespaces', '/api/v1/namespaces'),
    project: (raw) => (isObject(raw) ? namespaceView(raw) : undefined),
    sink: {
      ...reporting(followed, 'namespaces'),
      replaced: (namespaces) => {
        state.replaceNamespaces(namespaces);
        readiness.met('namespaces');
      },
      upserted: (namespace) => state.putNamespace(namespace),
      deleted: ({ name }: ObjectId) => state.removeNamespace(name),
    },
  });
}

function namespaceView(raw: JsonObject): { readonly name: string; readonly labels: Readonly<Record<string, string>> } {
  const metadata = objectAt(raw, 'metadata');
  return { name: stringAt(metadata, 'name') ?? '', labels: stringMapAt(metadata, 'labels') };
}

function common({ client, onHandlerError }: Followed, label: Cache, path: string) {
  return { client, path, label, onHandlerError };
}

function reporting({ onState }: Followed, label: string) {
  return { state: (state: WatchState) => onState(label, state) };
}
