import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { installMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { type GuardOptions, prepareGuards, type RollingGuards } from './support/guard.ts';
import { StatusWriter } from './support/status-writer.ts';

const PER_SECOND = 200;
/**
 * 200 writes are due every second, also while earlier ones wait. How many of them end in it is a matter of the machine,
 * which carries API server, etcd, replicas that start and the writer: it is printed, and is no promise of holdfast's.
 */
const DUE_AT_LEAST = 0.95 * PER_SECOND;
/** Longer than `--shutdown-drain` and what comes after it. */
const STOP_WITHIN_MS = 20_000;
/** Endpoints and kube-proxy take about a second to hear that a replica is not ready any more. */
const LAG_MS = 1_000;

describe('replicas are replaced under load, one after the other', () => {
  let cluster: Cluster;
  let guards: RollingGuards;
  let writer: StatusWriter;
  /** What has to end, the last one first; also when something before the tests fails. */
  const open: (() => unknown)[] = [];

  before(async () => {
    cluster = await startCluster();
    open.push(() => cluster.stop());
    await installMetallb(cluster, '0.16.1');
    await applyPools(cluster, '0.16.1', [{ name: 'main', addresses: ['10.203.0.0/16'] }]);
    guards = await prepareGuards(cluster, 2, { mode: 'repair', lagMs: LAG_MS });
    open.push(() => guards.stop());
    await guards.start();
    writer = await StatusWriter.prepare(cluster, { perSecond: PER_SECOND, services: 64, fresh: 1_000 });
    open.push(() => writer.stop());
    writer.start();
  });
  after(async () => {
    for (const end of open.reverse()) await end();
  });

  async function roll(options: Partial<GuardOptions>): Promise<void> {
    const clean = { code: 0, signal: null };
    assert.deepEqual(await guards.roll(options, STOP_WITHIN_MS), [clean, clean]);
  }

  /** What was written meanwhile, at the rate that was asked for, and nothing of it refused. */
  async function during(what: string, happen: () => Promise<void>): Promise<void> {
    writer.lap();
    const startedAt = performance.now();
    await happen();
    const seconds = (performance.now() - startedAt) / 1000;
    const { due, done, claimed, open, failures, slowestMs } = writer.lap();
    const rateDue = due / seconds;
    console.log(
      `# ${what}: ${rateDue.toFixed(0)} writes due a second, ${(done / seconds).toFixed(0)} done (${done} in all, ${claimed} claims), ` +
        `${failures.length} failed, slowest ${slowestMs} ms, ${open} open at the end`,
    );
    const errors = guards.replicas.flatMap((replica) => replica.errors);
    assert.deepEqual([failures.slice(0, 3), errors.slice(0, 3)], [[], []]);
    assert.ok(rateDue >= DUE_AT_LEAST, `${rateDue} writes/s were due`);
    assert.ok(claimed > 0, 'claims were taken all the time');
  }

  test('every Service of hundreds that are created within seconds is pinned', () => {
    assert.deepEqual(writer.unpinned, []);
  });

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
    assert.deepEqual((await writer.stop()).slice(0, 3), []);
    assert.deepEqual(guards.refusals().slice(0, 3), []);
    // Both lives of each: the API server keeps its connections, so the one that started last has little to do.
    for (const { decisions } of guards.replicas) assert.ok(decisions.length > 100, `${decisions.length}`);
  });
});
