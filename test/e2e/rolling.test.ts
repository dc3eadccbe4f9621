import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { installMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { type GuardGroup, type GuardOptions, prepareGuards } from '../e2e/support/guard.ts';
import { StatusWriter } from '../e2e/support/status-writer.ts';

const PER_SECOND = 200;
/**
 * 200 writes are begun every second, also while earlier ones wait. How many end in it is a matter of the machine: two
 * cores carry API server, etcd, replicas that start and the writer here, and a shared one may be slower by this factor.
 */
const SHARED_MACHINE = 1.5;
/** Longer than `--shutdown-drain` and what comes after it. */
const STOP_WITHIN_MS = 20_000;
/** Endpoints and kube-proxy take about a second to hear that a replica is not ready any more. */
const LAG_MS = 1_000;

describe('replicas are replaced under load, one after the other', () => {
  let cluster: Cluster;
  let guards: GuardGroup;
  let writer: StatusWriter;

  before(async () => {
    cluster = await startCluster();
    await installMetallb(cluster, '0.16.1');
    await applyPools(cluster, '0.16.1', [{ name: 'main', addresses: ['10.203.0.0/16'] }]);
    guards = await prepareGuards(cluster, 2, { mode: 'repair', lagMs: LAG_MS });
    await guards.start();
    writer = new StatusWriter(cluster, { perSecond: PER_SECOND, services: 800 });
    await writer.prepare(300);
    writer.start();
  });
  after(async () => {
    await writer.stop();
    guards.stop();
    await cluster.stop();
  });

  /** SIGTERM, wait for the end, start anew, wait until ready; then the next. */
  async function roll(options: Partial<GuardOptions>): Promise<void> {
    for (const replica of guards.replicas) {
      replica.change(options);
      assert.deepEqual(await replica.stop(STOP_WITHIN_MS), { code: 0, signal: null }, replica.process.tail());
      await replica.start();
    }
  }

  /** What was written meanwhile, at the rate that was asked for, and nothing of it refused. */
  async function during(what: string, happen: () => Promise<void>): Promise<void> {
    const { done } = writer.written;
    const startedAt = performance.now();
    await happen();
    const seconds = (performance.now() - startedAt) / 1000;
    const { done: now, failures, heldBack, slowestMs } = writer.written;
    const rate = (now - done) / seconds;
    console.log(
      `# ${what}: ${now - done} writes, ${Math.round(rate)}/s, ${failures.length} failed, ${heldBack} held back, slowest ${slowestMs} ms`,
    );
    const errors = guards.replicas.flatMap((replica) => replica.errors);
    assert.deepEqual([failures.slice(0, 3), errors.slice(0, 3)], [[], []]);
    assert.ok(rate > PER_SECOND / SHARED_MACHINE, `${rate} writes/s`);
  }

  test(`rolling restart of both under ${PER_SECOND} status writes/s: no admission fails`, async () => {
    await during('rolling restart', () => roll({}));
  });

  test('upgrade to a release with other webhooks: no admission fails, and the newer webhooks stay', async () => {
    await during('upgrade', () => roll({ flags: ['--lb-class=example.com/new'] }));
    const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/holdfast';
    const stored = JSON.stringify(await cluster.client().get(path));
    assert.match(stored, /example\.com\/new/);
  });

  test('no write was refused, and both replicas have decided', async () => {
    const { done, failures } = await writer.stop();
    assert.deepEqual(failures, []);
    assert.deepEqual(guards.refusals(), []);
    // Both lives of each: the API server keeps its connections, so the one that started last has little to do.
    for (const { decisions } of guards.replicas) assert.ok(decisions.length > 100, `${decisions.length} of ${done}`);
  });
});
