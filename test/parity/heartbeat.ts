import type { Cluster } from '../control-plane/cluster.ts';
import { servicePath } from '../control-plane/kube-types.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { createService } from '../control-plane/services.ts';
import type { MetallbVersion } from '../control-plane/versions.ts';
import type { Follower } from './follower.ts';

/** Namespace of the Service whose IP is moved to and fro; nothing there counts as a change. */
export const HEART_NAMESPACE = 'parity-heart';
export const HEART_POOL = 'parity-heart';
const IPS = ['10.255.255.0', '10.255.255.1'] as const;
const REQUEST = 'metallb.universe.tf/loadBalancerIPs';
const PATIENCE_MS = 20_000;

/**
 * Asks MetalLB for a sign of life: a Service of its own requests another IP, and MetalLB, which works on one Service at a
 * time, gives it after everything that was in its queue before. So waiting needs no guess about how fast a machine is.
 */
export class Heartbeat {
  readonly #cluster: Cluster;
  readonly #follower: Follower;
  #beats = 0;

  constructor(cluster: Cluster, follower: Follower) {
    this.#cluster = cluster;
    this.#follower = follower;
  }

  /** Makes the Service and its pool. */
  async begin(version: MetallbVersion): Promise<void> {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: HEART_NAMESPACE } };
    await this.#cluster.applyObjects([namespace]);
    await applyPools(this.#cluster, version, [{ name: HEART_POOL, addresses: ['10.255.255.0/31'], autoAssign: false }]);
    await createService(this.#cluster, {
      name: 'heart',
      namespace: HEART_NAMESPACE,
      annotations: { [REQUEST]: IPS[0] },
    });
    await this.#until(IPS[0]);
  }

  /** @throws when MetalLB does not answer within 20 s */
  async beat(): Promise<void> {
    this.#beats += 1;
    const wanted = IPS[this.#beats % 2] ?? IPS[0];
    const patch = { metadata: { annotations: { [REQUEST]: wanted } } };
    await this.#cluster.client().patch(servicePath(HEART_NAMESPACE, 'heart'), 'merge', patch);
    await this.#until(wanted);
  }

  async #until(ip: string): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (this.#follower.heart?.status?.loadBalancer?.ingress?.[0]?.ip !== ip) {
      if (Date.now() > deadline) throw new Error(`MetalLB did not give the heartbeat its IP ${ip} within 20 s`);
      await this.#follower.event(deadline - Date.now());
    }
  }
}
