import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cluster } from '../control-plane/cluster.ts';
import { freePorts } from '../control-plane/free-port.ts';
import { kubeconfigText } from '../control-plane/kubeconfig.ts';
import { Balancer } from '../e2e/support/balancer.ts';
import { Guard, type GuardGroup } from '../e2e/support/guard.ts';
import { CHART, helm } from './helm.ts';

export const NAMESPACE = 'holdfast-system';

interface Deployment {
  readonly spec: {
    readonly replicas: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] } };
  };
}

/**
 * The chart, installed by helm. No kubelet runs here, so the Pods of its Deployment are processes of this machine: with
 * exactly the arguments, the ServiceAccount and the role that the chart gives them. Only the addresses differ.
 */
export class Installation {
  readonly #cluster: Cluster;
  readonly #flags: readonly string[];

  constructor(cluster: Cluster, values: Readonly<Record<string, string | number>> = {}) {
    this.#cluster = cluster;
    this.#flags = Object.entries(values).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
  }

  install(): Promise<string> {
    return this.#helm('install', 'holdfast', CHART, ...this.#flags);
  }

  upgrade(...flags: readonly string[]): Promise<string> {
    return this.#helm('upgrade', 'holdfast', CHART, '--reuse-values', ...flags);
  }

  /** The hook needs a kubelet: see {@link Installation.unregisterArguments}. */
  uninstall(): Promise<string> {
    return this.#helm('uninstall', 'holdfast', '--no-hooks');
  }

  /** The arguments of the Job that helm would run before an uninstall. */
  async unregisterArguments(): Promise<readonly string[]> {
    const hooks = await this.#helm('get', 'hooks', 'holdfast');
    const [, text = ''] = /args: \[(.*)\]/.exec(hooks) ?? [];
    return text.split(', ').filter((word) => word !== '');
  }

  /** A kubeconfig with a token of the chart's ServiceAccount. */
  async kubeconfig(): Promise<string> {
    const path = `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/holdfast/token`;
    const { status } = await this.#cluster
      .client()
      .create<{ readonly status: { readonly token: string } }>(path, { spec: { expirationSeconds: 3600 } });
    const { server, ca, folder } = this.#cluster;
    const file = join(folder, 'chart.kubeconfig');
    writeFileSync(file, kubeconfigText({ server, ca, token: status.token, user: 'holdfast' }), { mode: 0o600 });
    return file;
  }

  /** As many processes as the Deployment has replicas, behind a balancer; nothing runs until `start`. */
  async pods(): Promise<GuardGroup> {
    const path = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/holdfast`;
    const { replicas, template } = (await this.#cluster.client().get<Deployment>(path)).spec;
    const serve = (template.spec.containers[0]?.args ?? []).filter(
      (arg) => !/^--(listen|ops-listen|register)=/.test(arg),
    );
    const kubeconfig = await this.kubeconfig();
    const ports = await freePorts(2 * replicas);
    const backends = Array.from({ length: replicas }, (_, i) => ({
      port: ports[2 * i] ?? 0,
      opsPort: ports[2 * i + 1] ?? 0,
    }));
    const balancer = await Balancer.start(backends);
    const guards = backends.map(
      (backend) =>
        new Guard(this.#cluster, { mode: 'repair', kubeconfig, serve }, { ...backend, registered: balancer.port }),
    );
    return {
      replicas: guards,
      start: async () => {
        await Promise.all(guards.map((guard) => guard.start()));
      },
      refusals: () => guards.flatMap((guard) => guard.refusals()),
      repairs: () => guards.flatMap((guard) => guard.repairs()),
      stop: () => balancer.stop(),
    };
  }

  #helm(...args: readonly string[]): Promise<string> {
    return helm([...args, '--namespace', NAMESPACE], this.#cluster.kubeconfig('admin'));
  }
}
