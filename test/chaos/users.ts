import { ApiError } from '../control-plane/api-error.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { type Service, servicePath } from '../control-plane/kube-types.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { createService, type ServiceOptions } from '../control-plane/services.ts';
import type { MetallbVersion } from '../control-plane/versions.ts';
import type { UserEdit } from './schedule.ts';

const REQUEST = 'metallb.universe.tf/loadBalancerIPs';
const SHARING = 'metallb.universe.tf/allow-shared-ip';
const PIN = 'holdfast.dev/pin';
const SMALL = '10.210.0.0/27';
const POOLS = {
  'grow pool': [SMALL, '10.210.1.0/24'],
  /** Strands whoever has an IP in the first quarter of the second block. */
  'shrink pool': [SMALL, '10.210.1.64-10.210.1.255'],
} as const;

/** Applies the pool that every schedule starts with. */
export function firstPool(cluster: Cluster, metallb: MetallbVersion): Promise<void> {
  return applyPools(cluster, metallb, [{ name: 'chaos', addresses: POOLS['grow pool'] }]);
}

/** An IP in the part of the pool that no shrinking takes away. @param number 0 … 99 */
function requested(number: number): string {
  return `10.210.1.${130 + number}`;
}

/**
 * Does what a user does. @returns what the cluster answered: users of a cluster in trouble are refused often, and give up
 */
export async function edit(cluster: Cluster, metallb: MetallbVersion, what: UserEdit): Promise<string> {
  return send(cluster, metallb, what).then(
    () => 'done',
    (error: unknown) => (error instanceof ApiError ? `${error.status} ${error.message}` : String(error)),
  );
}

async function send(cluster: Cluster, metallb: MetallbVersion, what: UserEdit): Promise<unknown> {
  switch (what.kind) {
    case 'create':
      return create(cluster, { name: what.name });
    case 'create requesting':
      return create(cluster, { name: what.name, annotations: { [REQUEST]: requested(what.number) } });
    case 'create sharing':
      return create(cluster, {
        name: what.name,
        annotations: { [SHARING]: `key${what.number % 3}` },
        spec: { ports: [{ name: 'http', port: 1000 + what.number, protocol: 'TCP' }] },
      });
    case 'delete':
      return cluster.client('human').delete(servicePath('default', what.name));
    case 're-create':
      await cluster.client('human').delete(servicePath('default', what.name));
      return create(cluster, { name: what.name });
    case 'to ClusterIP':
      return patch(cluster, what.name, { spec: { type: 'ClusterIP', allocateLoadBalancerNodePorts: null } });
    case 'to LoadBalancer':
      return patch(cluster, what.name, { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false } });
    case 'request':
      return patch(cluster, what.name, {
        metadata: { annotations: { [REQUEST]: requested(what.number), [PIN]: null } },
      });
    case 'no request':
      return patch(cluster, what.name, { metadata: { annotations: { [REQUEST]: null, [PIN]: null } } });
    case 'add port':
      return addPort(cluster, what.name, 5000 + what.number);
    case 'grow pool':
    case 'shrink pool':
      return applyPools(cluster, metallb, [{ name: 'chaos', addresses: POOLS[what.kind] }]);
  }
}

function create(cluster: Cluster, options: ServiceOptions): Promise<Service> {
  return createService(cluster, options, 'human');
}

function patch(cluster: Cluster, name: string, body: unknown): Promise<Service> {
  return cluster.client('human').patch<Service>(servicePath('default', name), 'merge', body);
}

/** Each port has its own number, so that sharing never breaks. */
async function addPort(cluster: Cluster, name: string, port: number): Promise<void> {
  const service = await cluster.client('human').get<Service>(servicePath('default', name));
  await patch(cluster, name, {
    spec: { ports: [...(service.spec.ports ?? []), { name: `p${port}`, port, protocol: 'TCP' }] },
  });
}

/**
 * May these two have one IP? MetalLB's rule (0.13–0.16, allocator checkSharing) for the Services of this folder, whose
 * backends are all "Cluster": the same non-empty key, and no port in common.
 */
export function mayShare(one: Service, other: Service): boolean {
  const key = one.metadata.annotations?.[SHARING] ?? '';
  if (key === '' || key !== other.metadata.annotations?.[SHARING]) return false;
  const taken = new Set((one.spec.ports ?? []).map(({ port }) => port));
  return (other.spec.ports ?? []).every(({ port }) => !taken.has(port));
}

/** May this write take an IP away? Only one that brings what the user requested before it. */
export function mayMove(before: Service, after: Service): boolean {
  const { annotations = {} } = before.metadata;
  const wanted = annotations[REQUEST];
  if (wanted === undefined || wanted === annotations[PIN]) return false;
  const ips = (after.status?.loadBalancer?.ingress ?? []).map(({ ip }) => ip);
  return ips.length === 1 && ips[0] === wanted;
}
