import { stringify } from 'yaml';
import type { Cluster } from './cluster.ts';
import { type MetallbVersion, readsConfigMap } from './versions.ts';

/** One pool; field names and defaults are those of `IPAddressPool`. */
export type Pool = {
  readonly name: string;
  /** CIDRs or ranges (`a-b`). */
  readonly addresses: readonly string[];
  readonly autoAssign?: boolean;
  readonly avoidBuggyIPs?: boolean;
  /** Not in 0.12. */
  readonly serviceAllocation?: Readonly<Record<string, unknown>>;
};

/** Path of the IPAddressPools, or of one. */
export function poolPath(name?: string): string {
  const collection = '/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools';
  return name === undefined ? collection : `${collection}/${name}`;
}

/**
 * Applies pools: as IPAddressPools (others are left as they are), or for 0.12 as the ConfigMap, which then holds
 * exactly these.
 */
export async function applyPools(cluster: Cluster, version: MetallbVersion, pools: readonly Pool[]): Promise<void> {
  if (readsConfigMap(version)) return cluster.applyObjects([configMap(pools)]);
  const objects = pools.map(({ name, ...spec }) => ({
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name, namespace: 'metallb-system' },
    spec,
  }));
  await cluster.applyObjects(objects);
}

function configMap(pools: readonly Pool[]) {
  const entries = pools.map((pool) => {
    if (pool.serviceAllocation !== undefined)
      throw new Error(`pool ${pool.name}: MetalLB 0.12 has no serviceAllocation`);
    return {
      name: pool.name,
      protocol: 'layer2',
      addresses: pool.addresses,
      'auto-assign': pool.autoAssign ?? true,
      'avoid-buggy-ips': pool.avoidBuggyIPs ?? false,
    };
  });
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'config', namespace: 'metallb-system' },
    data: { config: stringify({ 'address-pools': entries }) },
  };
}
