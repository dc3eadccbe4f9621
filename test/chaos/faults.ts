import { setTimeout as delay } from 'node:timers/promises';
import { startMetallb } from '../control-plane/metallb.ts';
import type { Arena, Replica } from './arena.ts';
import type { Fault } from './schedule.ts';
import type { TcpProxy, Weather } from './tcp-proxy.ts';

/** Does one bad thing, and ends it after its time. What is broken already breaks again when it has been mended. */
export function strike(arena: Arena, fault: Fault): Promise<void> {
  const target = targetOf(fault);
  const before = arena.broken.get(target) ?? Promise.resolve();
  const done = before.then(() => doIt(arena, fault));
  arena.broken.set(
    target,
    done.catch(() => {}),
  );
  return done;
}

/** What a fault breaks: two at once would mend each other too early. */
function targetOf(fault: Fault): string {
  const [, what = ''] = fault.kind.split(/ (.*)/);
  if (!('replica' in fault)) return what;
  // A process that is starting or stopped hears of no new time.
  return `${what === 'clock' ? 'replica' : what} ${fault.replica}`;
}

async function doIt(arena: Arena, fault: Fault): Promise<void> {
  switch (fault.kind) {
    case 'kill replica':
    case 'restart replica':
      return restart(replicaOf(arena, fault.replica), fault);
    case 'pause replica':
      return pause(replicaOf(arena, fault.replica).guard.process, fault.forMs);
    case 'cut line':
      return replicaOf(arena, fault.replica).line.cut();
    case 'stall line':
      return weather(replicaOf(arena, fault.replica).line, { kind: 'stalled' }, fault.forMs);
    case 'slow line':
      return weather(replicaOf(arena, fault.replica).line, { kind: 'slow', latencyMs: fault.latencyMs }, fault.forMs);
    case 'cut webhook':
      return arena.webhook.cut();
    case 'stall webhook':
      return weather(arena.webhook, { kind: 'stalled' }, fault.forMs);
    case 'forbid claims':
      return forbidClaims(arena, fault.forMs);
    case 'jump clock':
      return jump(replicaOf(arena, fault.replica));
    case 'kill MetalLB':
      return restartMetallb(arena, fault.forMs);
    case 'pause MetalLB':
      return pause(arena.metallb.process, fault.forMs);
    case 'second MetalLB':
      return secondMetallb(arena, fault.forMs);
    case 'kill API server':
      await arena.cluster.stopApiServer();
      await delay(fault.forMs);
      return untilDone(() => arena.cluster.startApiServer());
    case 'pause API server':
      arena.cluster.pauseApiServer();
      await delay(fault.forMs);
      return arena.cluster.resumeApiServer();
    case 'kill etcd':
      await arena.cluster.stopEtcd();
      await delay(fault.forMs);
      return arena.cluster.startEtcd();
    case 'pause etcd':
      arena.cluster.pauseEtcd();
      await delay(fault.forMs);
      return arena.cluster.resumeEtcd();
  }
}

function replicaOf({ replicas }: Arena, number: number): Replica {
  const replica = replicas[number];
  if (replica === undefined) throw new Error(`there is no replica ${number}`);
  return replica;
}

async function restart({ guard }: Replica, fault: { readonly kind: string; readonly forMs: number }): Promise<void> {
  await (fault.kind === 'kill replica' ? guard.kill() : guard.stop());
  await delay(fault.forMs);
  await guard.launch();
}

/** The signal would end a process that does not listen to it yet; one that answers does. */
async function jump({ guard }: Replica): Promise<void> {
  await untilDone(() => guard.ops('/healthz'));
  guard.process.signal('SIGUSR2');
}

interface Pausable {
  pause(): void;
  resume(): void;
}

async function pause(process: Pausable, forMs: number): Promise<void> {
  process.pause();
  await delay(forMs);
  process.resume();
}

async function weather(line: TcpProxy, bad: Weather, forMs: number): Promise<void> {
  line.weather = bad;
  await delay(forMs);
  line.weather = { kind: 'fair' };
}

async function restartMetallb(arena: Arena, forMs: number): Promise<void> {
  await arena.metallb.kill();
  await delay(forMs);
  arena.metallb = await startMetallb(arena.cluster, arena.schedule.metallb);
}

/** As in a rolling update: for a while there are two. */
async function secondMetallb(arena: Arena, forMs: number): Promise<void> {
  const second = await startMetallb(arena.cluster, arena.schedule.metallb, { name: 'metallb-second' });
  await delay(forMs);
  await second.kill();
}

const CLAIM_ROLE = '/apis/rbac.authorization.k8s.io/v1/clusterroles/holdfast';

interface Role {
  readonly rules: readonly { readonly apiGroups?: readonly string[]; readonly verbs: readonly string[] }[];
}

/** Takes the verbs that write claims out of holdfast's role, and gives them back. */
async function forbidClaims({ cluster }: Arena, forMs: number): Promise<void> {
  const client = cluster.client();
  const { rules } = await untilDone(() => client.get<Role>(CLAIM_ROLE));
  const less = rules.map((rule) =>
    rule.apiGroups?.includes('holdfast.dev') === true
      ? { ...rule, verbs: rule.verbs.filter((verb) => verb === 'get' || verb === 'list' || verb === 'watch') }
      : rule,
  );
  await untilDone(() => client.patch(CLAIM_ROLE, 'merge', { rules: less }));
  await delay(forMs);
  await untilDone(() => client.patch(CLAIM_ROLE, 'merge', { rules }));
}

/** What a kubelet would do: a MetalLB or an API server that ended by itself, for want of the other or of etcd, is started. */
export async function startWhatEnded(arena: Arena): Promise<void> {
  await untilDone(() => arena.cluster.startApiServer());
  if (!arena.metallb.process.isRunning) arena.metallb = await startMetallb(arena.cluster, arena.schedule.metallb);
}

/** The API server may be down meanwhile. @throws the last error after a minute */
async function untilDone<T>(mend: () => Promise<T>): Promise<T> {
  for (const until = Date.now() + 60_000; ; await delay(100)) {
    try {
      return await mend();
    } catch (error) {
      if (Date.now() > until) throw error;
    }
  }
}
