import type { Cluster } from './cluster.ts';
import type { Identity } from './identities.ts';
import { inParallel } from './in-parallel.ts';
import { type Service, type ServiceSpec, servicePath } from './kube-types.ts';

export type ServiceOptions = {
  readonly name: string;
  /** Default `default`. */
  readonly namespace?: string;
  readonly spec?: ServiceSpec;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
};

export type ServicesOptions = Omit<ServiceOptions, 'name'> & {
  readonly count: number;
  /** Default `svc`: names are `svc-0000`, `svc-0001`, … */
  readonly prefix?: string;
  /** Number of the first one (default 0). */
  readonly from?: number;
  /** Requests at a time (default 16). */
  readonly concurrency?: number;
  /** Who creates them (default admin). */
  readonly as?: Identity;
};

/** A LoadBalancer Service with one TCP port and no node ports. */
export function serviceManifest(options: ServiceOptions): Service {
  const { name, namespace = 'default', annotations, labels } = options;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, ...(annotations && { annotations }), ...(labels && { labels }) },
    spec: {
      type: 'LoadBalancer',
      allocateLoadBalancerNodePorts: false,
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
      selector: { app: name },
      ...options.spec,
    },
  };
}

/** Creates one Service and returns it as stored. */
export async function createService(
  cluster: Cluster,
  options: ServiceOptions,
  as: Identity = 'admin',
): Promise<Service> {
  const manifest = serviceManifest(options);
  return cluster.client(as).create<Service>(servicePath(manifest.metadata.namespace ?? 'default'), manifest);
}

/** Creates `count` Services and returns them as stored. */
export async function createServices(cluster: Cluster, options: ServicesOptions): Promise<readonly Service[]> {
  const { count, prefix = 'svc', from = 0, concurrency = 16, as = 'admin', ...each } = options;
  const names = Array.from({ length: count }, (_, index) => `${prefix}-${String(from + index).padStart(4, '0')}`);
  return inParallel(names, concurrency, (name) => createService(cluster, { ...each, name }, as));
}

/** The status IPs of a Service, as written. */
export function serviceIps(service: Service): readonly string[] {
  return (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip === undefined || ip === '' ? [] : [ip]));
}
