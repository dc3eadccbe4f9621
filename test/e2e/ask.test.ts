import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { CheckReport } from '../../src/app/check/check.ts';
import type { HistoryReport } from '../../src/app/history.ts';
import type { PinReport } from '../../src/cli/output/pin-layout.ts';
import type { PlanResult } from '../../src/cli/output/plan-layout.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { type Service, servicePath } from '../control-plane/kube-types.ts';
import { installMetallb, startMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { observeServices, type ServiceObserver } from '../control-plane/observer.ts';
import { createService, createServices, serviceIps } from '../control-plane/services.ts';
import { type Guard, prepareGuard } from './support/guard.ts';
import { shell } from './support/shell.ts';

const COUNT = 30;

/** An operator who meets holdfast on a living cluster: check, pin, install, plan, ask. In this order. */
describe('asking a real cluster', () => {
  let cluster: Cluster;
  let observer: ServiceObserver;
  let guard: Guard;

  before(async () => {
    cluster = await startCluster();
    await installMetallb(cluster, '0.16.1');
    await applyPools(cluster, '0.16.1', [
      { name: 'main', addresses: ['192.0.2.0/24'] },
      { name: 'spare', addresses: ['198.51.100.0/28'], autoAssign: false },
    ]);
    observer = await observeServices(cluster);
    await createServices(cluster, { count: COUNT, prefix: 'web' });
    const metallb = await startMetallb(cluster, '0.16.1');
    await observer.waitUntilAssigned(COUNT);
    await metallb.kill();
  });
  after(async () => {
    await observer.stop();
    await cluster.stop();
  });

  async function ask<T>(line: string): Promise<{ readonly code: number; readonly said: T }> {
    const { code, stdout, stderr } = await shell(cluster, `${line} --output json`);
    assert.equal(stderr, '', line);
    return { code, said: JSON.parse(stdout) as T };
  }

  const codesOf = ({ findings }: CheckReport) => [...new Set(findings.map(({ code }) => code))].sort();

  test('check before holdfast: nothing of it is installed, and MetalLB is known by what it writes', async () => {
    const { code, said } = await ask<CheckReport>('holdfast check');
    assert.equal(code, 3);
    assert.deepEqual(codesOf(said), ['NotRegistered', 'Unclaimed', 'Unpinned']);
    assert.equal(said.findings.filter(({ code: what }) => what === 'Unpinned').length, COUNT);
    assert.deepEqual(said.metallb, { versions: [], prefix: 'metallb.io', pools: 2, poolsFrom: 'crd' });
    assert.equal(said.holdfast.claims, null);
  });

  test('pin --all: then not even two controllers at once move anything, without any guard', async () => {
    const dry = await ask<PinReport>('holdfast pin --all --dry-run');
    assert.deepEqual(new Set(dry.said.results.map(({ outcome }) => outcome)), new Set(['would change']));
    const { code, said } = await ask<PinReport>('kubectl holdfast pin --all');
    assert.equal(code, 0);
    assert.equal(said.results.filter(({ outcome }) => outcome === 'changed').length, COUNT);
    const late = await createServices(cluster, { count: 5, prefix: 'late' });
    const both = await Promise.all([startMetallb(cluster, '0.16.1'), startMetallb(cluster, '0.16.1')]);
    await observer.waitUntilAssigned(COUNT + 5, 30_000);
    await Promise.all(both.map((one) => one.kill()));
    const moved = observer.snapshot().moved.filter((name) => name.startsWith('default/web-'));
    assert.deepEqual(moved, []);
    // These were not pinned: two controllers may have given one IP to two of them.
    for (const { metadata } of late) await cluster.client().delete(servicePath('default', metadata.name));
    const again = await ask<PinReport>('holdfast pin --all');
    assert.equal(again.said.results.filter(({ outcome }) => outcome === 'already').length, COUNT);
  });

  test('check with holdfast: clean, and no longer once something is wrong', async () => {
    guard = await prepareGuard(cluster, { mode: 'repair' });
    await guard.start();
    const { code, said } = await ask<CheckReport>('holdfast check');
    assert.deepEqual([codesOf(said), code], [[], 0]);
    assert.equal(said.holdfast.mode, 'repair');
    assert.equal(said.holdfast.claims, COUNT);
    assert.ok(said.holdfast.certificateEnds !== null, 'the caBundle was compared with the Secret');

    const hooks = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/holdfast';
    const human = cluster.client('human');
    const opened = [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }];
    await human.patch(hooks, 'json', opened);
    const glass = { 'holdfast.dev/allow-move': '192.0.2.1 until=2020-01-01T00:00Z reason=test' };
    await human.patch(servicePath('default', 'web-0001'), 'merge', { metadata: { annotations: glass } });
    await createService(cluster, { name: 'asker', annotations: { 'metallb.io/loadBalancerIPs': '192.0.2.1' } });
    const dirty = await ask<CheckReport>('holdfast check');
    assert.deepEqual([codesOf(dirty.said), dirty.code], [['BreakGlassVoid', 'HookBroken', 'RequestUnmet'], 3]);
    await human.delete(servicePath('default', 'asker'));
    await human.patch(hooks, 'json', [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Fail' }]);
    await human.patch(servicePath('default', 'web-0001'), 'merge', {
      metadata: { annotations: { 'holdfast.dev/allow-move': null } },
    });
  });

  test('plan agrees with what the pool guard says to kubectl --dry-run=server', async () => {
    const manifest = (addresses: string, more = '') =>
      `apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: main, namespace: metallb-system}\n` +
      `spec:\n  addresses: [${addresses}]\n${more}`;
    const cases = [
      manifest('192.0.2.0/28'),
      manifest('192.0.2.0/24', '  avoidBuggyIPs: true\n'),
      manifest('192.0.2.0/24', '  serviceAllocation: {namespaces: [elsewhere]}\n'),
      manifest('192.0.2.0/24', '  serviceAllocation: {namespaces: [default]}\n  autoAssign: false\n'),
    ];
    for (const text of cases) {
      writeFileSync(join(cluster.folder, 'pools.yaml'), text);
      const [server, plan] = await Promise.all([
        shell(cluster, 'kubectl apply --dry-run=server -f pools.yaml'),
        ask<PlanResult>('kubectl holdfast plan -f pools.yaml'),
      ]);
      const told = /would strand the IPs of (\d+) Service/.exec(server.stderr)?.[1] ?? '0';
      assert.equal(plan.said.stranded.length, Number(told), text);
      assert.equal(plan.code, server.code === 0 ? 0 : 3, text);
    }
    const fromInput = await shell(cluster, 'holdfast plan -f -', manifest('192.0.2.0/28'));
    assert.equal(fromInput.code, 3);
    const deletion = await shell(cluster, 'kubectl -n metallb-system delete ipaddresspool main --dry-run=server');
    assert.match(deletion.stderr, /would strand the IPs of 30 Services/);
    const planned = await ask<PlanResult>('holdfast plan --delete main');
    assert.equal(planned.said.stranded.length, COUNT);
  });

  test('history after a repair: who got what, and why', async () => {
    const owner = observer.ledger.get('default/web-0003');
    assert.ok(owner);
    const [taken] = serviceIps(owner);
    await createService(cluster, { name: 'thief' });
    const path = servicePath('default', 'thief');
    const stored = await cluster.client('metallb').get<Service>(path);
    const status = { loadBalancer: { ingress: [{ ip: taken }] } };
    const repaired = await cluster.client('metallb').replace<Service>(`${path}/status`, { ...stored, status });
    const [given] = serviceIps(repaired);
    assert.ok(given !== undefined && given !== taken, String(given));
    const ofThief = await ask<HistoryReport>('holdfast history default/thief');
    assert.ok(
      ofThief.said.tenures.some(({ ip, to }) => ip === given && to === null),
      JSON.stringify(ofThief.said),
    );
    const owned = await ask<HistoryReport>(`holdfast history ${taken}`);
    assert.deepEqual(
      owned.said.tenures.map(({ service, to }) => [service, to]),
      [['default/web-0003', null]],
    );
    const told = await untilTold(async () => (await ask<HistoryReport>('holdfast history default/thief')).said);
    assert.ok(
      told.some(({ reason, message }) => reason === 'Redirected' && message.includes(given)),
      JSON.stringify(told),
    );
  });

  /** Events are written beside the decision, not before it. */
  async function untilTold(read: () => Promise<HistoryReport>): Promise<HistoryReport['deeds']> {
    const until = Date.now() + 10_000;
    for (;;) {
      const { deeds } = await read();
      if (deeds.some(({ reason }) => reason === 'Redirected') || Date.now() > until) return deeds;
    }
  }
});
