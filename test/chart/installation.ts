import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isStatus } from '../control-plane/api-error.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import { freePorts } from '../control-plane/free-port.ts';
import { kubeconfigText } from '../control-plane/kubeconfig.ts';
import type { Exit } from '../control-plane/processes.ts';
import { Balancer } from '../e2e/support/balancer.ts';
import { Guard, type GuardGroup } from '../e2e/support/guard.ts';
import { CHART, helm } from './helm.ts';
import type { PodSpec } from './rendered.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

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
    return this.#helm('upgrade', 'holdfast', CHART, '--reset-then-reuse-values', ...flags);
  }

  /**
   * `helm uninstall`, with the Job that it waits for: no controller and no kubelet runs here, so its Pod is a process too.
   * @param afterJob the Job is done, and helm has removed nothing yet
   * @returns how the process ended
   */
  async uninstall(afterJob: () => Promise<void>): Promise<Exit> {
    const [, exit] = await Promise.all([
      this.#helm('uninstall', 'holdfast', '--wait', '--timeout=60s'),
      this.runJob(afterJob),
    ]);
    return exit;
  }

  /** Waits for the Job that runs before an uninstall, runs it, and tells the API server that it is complete. */
  async runJob(afterJob: () => Promise<void> = async () => {}): Promise<Exit> {
    const path = `/apis/batch/v1/namespaces/${NAMESPACE}/jobs/holdfast-unregister`;
    const job = await this.#appears<Job>(path);
    const args = [MAIN, ...(await this.#arguments(job.spec.template.spec)), `--kubeconfig=${await this.kubeconfig()}`];
    const unregister = await this.#cluster.run({ name: 'unregister', command: process.execPath, args });
    const exit = await unregister.exited;
    assert.equal(exit.code, 0, unregister.tail());
    await afterJob();
    const time = new Date().toISOString();
    const conditions = ['SuccessCriteriaMet', 'Complete'].map((type) => ({
      type,
      status: 'True',
      lastTransitionTime: time,
    }));
    const status = { startTime: time, completionTime: time, succeeded: 1, conditions };
    await this.#cluster.client().patch(`${path}/status`, 'merge', { status });
    return exit;
  }

  /** The object, as soon as there is one. @throws Error after 30 s */
  async #appears<T>(path: string): Promise<T> {
    const deadline = Date.now() + 30_000;
    for (;;) {
      const found = await this.#cluster.client().get<T>(path).catch(unlessMissing);
      if (found !== undefined) return found;
      if (Date.now() > deadline) throw new Error(`${path} is not there after 30 s`);
      await delay(50);
    }
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

function unlessMissing(error: unknown): undefined {
  if (!isStatus(error, 404)) throw error;
}
