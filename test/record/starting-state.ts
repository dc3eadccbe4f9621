import type { JsonObject } from '../../src/review/json.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { poolPath } from '../control-plane/metallb-pools.ts';

/** What there is in the cluster now, as the first lines of a recording: Services, pools and namespaces. */
export async function startingState(cluster: Cluster): Promise<readonly JsonObject[]> {
  return [
    await listOf(cluster, '/api/v1/services', { kind: 'ServiceList', apiVersion: 'v1' }),
    await listOf(cluster, poolPath(), { kind: 'IPAddressPoolList', apiVersion: 'metallb.io/v1beta1' }),
    await listOf(cluster, '/api/v1/namespaces', { kind: 'NamespaceList', apiVersion: 'v1' }),
  ];
}

async function listOf(cluster: Cluster, path: string, head: JsonObject): Promise<JsonObject> {
  const { items, metadata } = await cluster.client().list(path);
  return { ...head, metadata: { resourceVersion: metadata.resourceVersion }, items };
}
