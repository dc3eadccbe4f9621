import { setTimeout as delay } from 'node:timers/promises';
import { MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from '../../src/kube/paths.ts';
import { type Cluster, startCluster } from '../../test/control-plane/cluster.ts';
import { type KubeObject, type Service, servicePath } from '../../test/control-plane/kube-types.ts';
import { installMetallb } from '../../test/control-plane/metallb.ts';
import { applyPools } from '../../test/control-plane/metallb-pools.ts';
import { createServices } from '../../test/control-plane/services.ts';
import { type Guard, prepareGuard } from '../../test/e2e/support/guard.ts';
import type { Figure, Measured } from '../figures.ts';
import { ipAt, POOL_CIDR } from '../server/reviews.ts';
import { percentile } from '../support/statistics.ts';

export interface ClusterOptions {
  /** With and without webhook in turn. */
  readonly rounds: number;
  /** Of each kind in each round. */
  readonly writes: number;
}

/** What a status write does to the IPs of a Service. */
type Kind = 'unchanged' | 'new IP' | 'repair';

const KINDS: readonly Kind[] = ['unchanged', 'new IP', 'repair'];
const CONFIGURATIONS = [`${VALIDATING_WEBHOOKS}/holdfast`, `${MUTATING_WEBHOOKS}/holdfast`];
const SHARES = [0.5, 0.9, 0.99];
const SETTLE_MS = 200;

/** How long a real PUT of a status takes at a real API server, with holdfast registered and without. */
export async function measureCluster({ rounds, writes }: ClusterOptions): Promise<Measured> {
  const cluster = await startCluster();
  try {
    await installMetallb(cluster, '0.16.1');
    await applyPools(cluster, '0.16.1', [{ name: 'bench', addresses: [POOL_CIDR] }]);
    const guard = await prepareGuard(cluster, { mode: 'repair', flags: ['--pin=repair'] });
    await guard.start();
    const run = new LatencyRun(cluster, guard, writes);
    for (let round = 0; round < rounds; round += 1) {
      await run.round('guarded');
      await run.withoutWebhook(() => run.round('bare'));
    }
    return run.result();
  } finally {
    await cluster.stop();
  }
}

type Side = 'guarded' | 'bare';

class LatencyRun {
  readonly #cluster: Cluster;
  readonly #guard: Guard;
  readonly #writes: number;
  readonly #times = new Map<string, number[]>();
  #batches = 0;
  #ips = 0;

  constructor(cluster: Cluster, guard: Guard, writes: number) {
    this.#cluster = cluster;
    this.#guard = guard;
    this.#writes = writes;
  }

  async round(side: Side): Promise<void> {
    for (const kind of KINDS) await this.#measure(kind, side);
  }

  /** Takes holdfast's configurations away meanwhile, until the API server has noticed, and back. */
  async withoutWebhook(run: () => Promise<void>): Promise<void> {
    const admin = this.#cluster.client();
    const saved = await Promise.all(CONFIGURATIONS.map((path) => admin.get<KubeObject>(path)));
    await Promise.all(CONFIGURATIONS.map((path) => admin.delete(path)));
    await this.#untilAsked(false);
    await run();
    for (const { metadata, ...rest } of saved) {
      const path = rest.kind === 'MutatingWebhookConfiguration' ? MUTATING_WEBHOOKS : VALIDATING_WEBHOOKS;
      const { name, labels } = metadata;
      await admin.create(path, { ...rest, metadata: { name, ...(labels && { labels }) } });
    }
    await this.#untilAsked(true);
  }

  result(): Measured {
    const of = (kind: Kind, side: Side) => this.#times.get(`${kind} ${side}`) ?? [];
    const figures = KINDS.flatMap((kind) =>
      [0.5, 0.99].map((share) => added(kind, share, of(kind, 'guarded'), of(kind, 'bare'))),
    );
    const points = (times: readonly number[]) =>
      SHARES.map((share) => [share * 100, percentile(times, share)] as const);
    const series = [
      { name: 'no webhook', points: points(KINDS.flatMap((kind) => of(kind, 'bare'))) },
      ...KINDS.map((kind) => ({ name: kind, points: points(of(kind, 'guarded')) })),
    ];
    return { figures, plots: [{ plot: 'latency', series }], skipped: [] };
  }

  async #measure(kind: Kind, side: Side): Promise<void> {
    const pending = await this.#pending(this.#writes);
    if (kind === 'unchanged') for (const service of pending) await this.#put(service, this.#freshIp());
    // Before a repair: an IP that a Service holds.
    const held = this.#freshIp();
    const [holder] = await this.#pending(1);
    if (holder !== undefined) await this.#put(holder, held);
    const key = `${kind} ${side}`;
    const times = this.#times.get(key) ?? [];
    this.#times.set(key, times);
    for (const { metadata } of pending) {
      const service = await this.#cluster.client('metallb').get<Service>(pathOf(metadata.name));
      const present = service.status?.loadBalancer?.ingress?.[0]?.ip;
      const stolen = kind === 'repair' && side === 'guarded' ? held : undefined;
      const startedAt = performance.now();
      await this.#put(service, present ?? stolen ?? this.#freshIp());
      times.push(performance.now() - startedAt);
    }
  }

  #pending(count: number): Promise<readonly Service[]> {
    this.#batches += 1;
    return createServices(this.#cluster, { count, prefix: `batch-${this.#batches}` });
  }

  /** What MetalLB's status write is; the condition makes it a change even when the IP is none. */
  async #put(service: Service, ip: string): Promise<void> {
    const condition = {
      type: 'example.com/Written',
      status: 'True',
      reason: 'Bench',
      message: String(performance.now()),
    };
    const conditions = [{ ...condition, lastTransitionTime: new Date().toISOString() }];
    const status = { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] }, conditions };
    await this.#cluster.client('metallb').replace(`${pathOf(service.metadata.name)}/status`, { ...service, status });
  }

  /** Writes until the API server asks holdfast, or does not any more: it learns of configurations with a delay. */
  async #untilAsked(asked: boolean): Promise<void> {
    for (;;) {
      await delay(SETTLE_MS);
      const before = await this.#guard.callsAnswered();
      for (const service of await this.#pending(4)) await this.#put(service, this.#freshIp());
      const calls = (await this.#guard.callsAnswered()) - before;
      // 4 creations and 4 writes: validate and mutate of each write at least.
      if (asked ? calls >= 8 : calls === 0) return;
    }
  }

  #freshIp(): string {
    this.#ips += 1;
    return ipAt(this.#ips);
  }
}

function pathOf(name: string): string {
  return servicePath('default', name);
}

function added(kind: Kind, share: number, guarded: readonly number[], bare: readonly number[]): Figure {
  const [ours, theirs] = [percentile(guarded, share), percentile(bare, share)];
  const name = `p${share * 100}`;
  return {
    id: `cluster.${kind.replace(' ', '-').toLowerCase()}.${name}`,
    what: `added to the ${name} of a status PUT, ${kind}`,
    value: ours - theirs,
    unit: 'ms',
    from: `${ours.toFixed(2)} − ${theirs.toFixed(2)} ms, ${guarded.length} writes each`,
  };
}
