import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseManifests } from '../control-plane/apply-yaml.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { freePorts } from '../control-plane/free-port.ts';
import { kubeconfigText } from '../control-plane/kubeconfig.ts';
import { Balancer } from '../e2e/support/balancer.ts';
import { Guard, type GuardGroup } from '../e2e/support/guard.ts';
import { CHART, helm } from './helm.ts';
import type { PodSpec } from './rendered.ts';

export const NAMESPACE = 'holdfast-system';

interface Deployment {
  readonly spec: { readonly replicas: number; readonly template: { readonly spec: PodSpec } };
}

interface Job {
  readonly spec: { readonly template: { readonly spec: PodSpec } };
}

/**
 * The chart, installed by helm. No kubelet runs here, so the Pods of its Deployment are processes of this machine: with
 * exactly the arguments, the ServiceAccount, the role and the Secrets that the chart gives them. Only the addresses differ.
 */
export class Installation {
  readonly #cluster: Cluster;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  install(...flags: readonly string[]): Promise<string> {
    return this.#helm('install', 'holdfast', CHART, ...flags);
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
    const [job] = parseManifests(await this.#helm('get', 'hooks', 'holdfast'));
    return (job as unknown as Job).spec.template.spec.containers[0].args;
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
    const kubeconfig = await this.kubeconfig();
    const serve = await this.#arguments(template.spec);
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

  /** As a kubelet does: mounts the Secrets, here in a folder of the cluster. */
  async #arguments({ containers: [container], volumes = [] }: PodSpec): Promise<readonly string[]> {
    let args = container.args.filter((arg) => !/^--(listen|ops-listen|register)=/.test(arg));
    for (const { name, mountPath } of container.volumeMounts ?? []) {
      const secret = volumes.find((volume) => volume.name === name)?.secret.secretName ?? '';
      const folder = join(this.#cluster.folder, `mounted-${name}`);
      mkdirSync(folder, { recursive: true });
      const path = `/api/v1/namespaces/${NAMESPACE}/secrets/${secret}`;
      const { data } = await this.#cluster.client().get<{ readonly data: Readonly<Record<string, string>> }>(path);
      for (const [file, text] of Object.entries(data)) writeFileSync(join(folder, file), Buffer.from(text, 'base64'));
      args = args.map((arg) => arg.replace(`=${mountPath}/`, `=${folder}/`));
    }
    return args;
  }

  #helm(...args: readonly string[]): Promise<string> {
    return helm([...args, '--namespace', NAMESPACE], this.#cluster.kubeconfig('admin'));
  }
}
