import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { freePorts } from '../control-plane/free-port.ts';
import { users } from '../control-plane/identities.ts';
import { kubeconfigText } from '../control-plane/kubeconfig.ts';
import { installMetallb, type MetallbController, startMetallb } from '../control-plane/metallb.ts';
import { observeServices, type ServiceObserver } from '../control-plane/observer.ts';
import { Balancer } from '../e2e/support/balancer.ts';
import { Guard } from '../e2e/support/guard.ts';
import type { Schedule } from './schedule.ts';
import { TcpProxy } from './tcp-proxy.ts';
import { firstPool, mayMove, mayShare } from './users.ts';

/** Longer than the request timeout of the arena's API server, as the real grace is longer than the real timeout. */
const GRACE = '15s';
const REQUEST_TIMEOUT = '10s';
const RBAC = fileURLToPath(new URL('../../deploy/manifests/rbac.yaml', import.meta.url));
const CLOCK = new URL('jumping-clock.ts', import.meta.url).href;

/** One replica and its line to the API server. */
export interface Replica {
  readonly guard: Guard;
  readonly line: TcpProxy;
}

/** Everything that can break: cluster, controllers, replicas, and the lines between them. */
export interface Arena {
  readonly schedule: Schedule;
  readonly cluster: Cluster;
  readonly observer: ServiceObserver;
  readonly replicas: readonly Replica[];
  /** From the API server to the balancer of the replicas. */
  readonly webhook: TcpProxy;
  metallb: MetallbController;
  /** What has been broken, and when it is mended. */
  readonly broken: Map<string, Promise<void>>;
  stop(): Promise<void>;
}

/** A cluster with two replicas and one MetalLB; nothing has gone wrong yet. */
export async function buildArena(schedule: Schedule): Promise<Arena> {
  const cluster = await startCluster({ apiServerFlags: [`--request-timeout=${REQUEST_TIMEOUT}`] });
  const closers: (() => void)[] = [];
  try {
    await cluster.applyYaml(RBAC);
    const ports = await freePorts(4);
    const backends = [0, 1].map((i) => ({ port: ports[2 * i] ?? 0, opsPort: ports[2 * i + 1] ?? 0 }));
    const balancer = await Balancer.start(backends);
    const webhook = await TcpProxy.start(balancer.port);
    closers.push(
      () => balancer.stop(),
      () => webhook.stop(),
    );
    const replicas = await Promise.all(
      backends.map(async (backend, number): Promise<Replica> => {
        const line = await TcpProxy.start(Number(new URL(cluster.server).port));
        closers.push(() => line.stop());
        return { line, guard: guardAt({ cluster, schedule, number, line }, { ...backend, registered: webhook.port }) };
      }),
    );
    await installMetallb(cluster, schedule.metallb);
    await firstPool(cluster, schedule.metallb);
    await Promise.all(replicas.map(({ guard }) => guard.start()));
    const observer = await observeServices(cluster, { mayShare, mayMove });
    const metallb = await startMetallb(cluster, schedule.metallb);
    const stop = async () => {
      await observer.stop();
      for (const close of closers) close();
      await cluster.stop();
    };
    return { schedule, cluster, observer, replicas, webhook, metallb, broken: new Map(), stop };
  } catch (error) {
    for (const close of closers) close();
    await cluster.stop();
    throw error;
  }
}

interface Place {
  readonly cluster: Cluster;
  readonly schedule: Schedule;
  readonly number: number;
  readonly line: TcpProxy;
}

function guardAt({ cluster, schedule, number, line }: Place, ports: ConstructorParameters<typeof Guard>[2]): Guard {
  const { token, name: user } = users.holdfast;
  const kubeconfig = join(cluster.folder, `holdfast-${number}.kubeconfig`);
  const server = `https://127.0.0.1:${line.port}`;
  writeFileSync(kubeconfig, kubeconfigText({ server, ca: cluster.ca, token, user }), { mode: 0o600 });
  const jumps = schedule.happenings.flatMap((one) =>
    one.who === 'fate' && one.fault.kind === 'jump clock' && one.fault.replica === number ? [one.fault.byMs] : [],
  );
  return new Guard(
    cluster,
    {
      mode: 'repair',
      kubeconfig,
      nodeFlags: ['--import', CLOCK],
      env: { CHAOS_CLOCK_OFFSETS_MS: jumps.join(',') },
      flags: [`--claim-grace=${GRACE}`],
    },
    ports,
  );
}
