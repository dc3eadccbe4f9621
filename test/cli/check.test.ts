import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import type { CheckReport } from '../../src/app/check/check.ts';
import { claimHolder, claimOn } from '../gen/claim.ts';
import { annotations, ips, pinned, requested, service, sharing, spec } from '../gen/service.ts';
import { badLines, StubCluster } from './stub-cluster.ts';

const NOTED = annotations({ 'metallb.io/ip-allocated-from-pool': 'main' });

describe('holdfast check', () => {
  describe('on a cluster in order', () => {
    let cluster: StubCluster;
    before(async () => {
      cluster = await StubCluster.start('pools', 'claims');
      cluster.pool('main', ['192.0.2.0/28']);
      const web = cluster.service(service('web', ips('192.0.2.1'), pinned('192.0.2.1', 'metallb.io'), NOTED));
      const holder = claimHolder('web', {
        service: { namespace: 'default', name: 'web', uid: web.metadata?.uid ?? '' },
      });
      cluster.claim(claimOn('192.0.2.1', { holders: [holder] }));
      cluster.controller('controller-1', 'quay.io/metallb/controller:v0.16.1');
    });
    after(() => cluster.stop());

    test('finds only that nothing is registered', async () => {
      const { code, said } = await cluster.ask<CheckReport>('check');
      assert.equal(code, 3);
      assert.deepEqual(
        said.findings.map(({ code: what }) => what),
        ['NotRegistered'],
      );
      assert.deepEqual(said.metallb, { versions: ['0.16.1'], prefix: 'metallb.io', pools: 1, poolsFrom: 'crd' });
    });

    test('ends with 0 when that is left out', async () => {
      const { code, stdout, stderr } = await cluster.run('check', '--ignore', 'NotRegistered');
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      assert.match(stdout, /^All in order\.$/m);
      assert.match(stdout, /^MetalLB +0\.16\.1, annotates with metallb\.io, 1 pool$/m);
      assert.deepEqual(badLines(stdout), []);
    });
  });

  describe('on a cluster where much is wrong', () => {
    let cluster: StubCluster;
    before(async () => {
      cluster = await StubCluster.start('pools', 'claims');
      cluster.pool('main', ['192.0.2.0/28'], { 'holdfast.dev/allow-strand': 'please' });
      cluster.controller('controller-1', 'quay.io/metallb/controller:v0.13.12');
      cluster.controller('controller-2', 'quay.io/metallb/controller:v0.13.12');
      const put = (...made: Parameters<typeof service>) => cluster.service(service(...made));
      put('first', ips('192.0.2.1'), NOTED);
      put('second', ips('192.0.2.1'), NOTED);
      put('gone-pool', ips('198.51.100.7'), NOTED);
      put('cloud', ips('203.0.113.9'));
      put('wants-taken', requested('192.0.2.1'));
      put('wants-nowhere', ips('192.0.2.2'), requested('203.0.113.1'));
      put('wants-pool', annotations({ 'metallb.io/address-pool': 'absent' }));
      put('differs', ips('192.0.2.3'), pinned('192.0.2.4'));
      put('odd', ips('192.0.02.7'));
      put('other', ips('192.0.2.5'), spec({ loadBalancerClass: 'example.com/other' }));
      put('one-of-two', ips('192.0.2.6'), sharing('key', 80));
      put('two-of-two', ips('192.0.2.6'), sharing('key', 81));
      put('glass', annotations({ 'holdfast.dev/allow-move': '192.0.2.9 until=2020-01-01T00:00Z reason=old' }));
      cluster.claim(claimOn('192.0.2.14', { holders: [claimHolder('nobody')] }));
      cluster.stub.put('/apis/holdfast.dev/v1alpha1/ipclaims', { metadata: { name: '192.0.2.13' }, spec: {} });
    });
    after(() => cluster.stop());

    test('finds each of it', async () => {
      const { code, said } = await cluster.ask<CheckReport>('check');
      assert.equal(code, 3);
      const about = (what: string) =>
        said.findings.filter((one) => one.code === what).map(({ object, ip = '' }) => `${object} ${ip}`.trim());
      // Made in the same second: which of the two is older is open.
      assert.match(about('Duplicate').join(), /^default\/(?:first|second) 192\.0\.2\.1$/);
      assert.deepEqual(about('Stranded'), ['default/gone-pool 198.51.100.7']);
      assert.deepEqual(about('OutsidePools'), ['default/cloud 203.0.113.9']);
      assert.deepEqual(about('RequestUnmet').sort(), [
        'default/wants-nowhere 203.0.113.1',
        'default/wants-pool',
        'default/wants-taken 192.0.2.1',
      ]);
      assert.deepEqual(about('PinDiffers'), ['default/differs 192.0.2.3']);
      assert.deepEqual(about('MalformedIp'), ['default/odd']);
      assert.deepEqual(about('StaleClaim'), ['default/nobody 192.0.2.14']);
      assert.deepEqual(about('DamagedClaim'), ['IPClaim 192.0.2.13']);
      assert.deepEqual(about('BreakGlassVoid').sort(), ['IPAddressPool main', 'default/glass 192.0.2.9']);
      assert.equal(about('ManyControllers').length, 1);
      assert.ok(about('Unclaimed').includes('default/one-of-two 192.0.2.6'));
      assert.ok(about('Unpinned').includes('default/two-of-two 192.0.2.6'));
      assert.ok(!about('Unpinned').includes('default/other 192.0.2.5'), 'of another class');
      assert.deepEqual(
        said.notes.map(({ code: what }) => what),
        ['RestartMoves'],
      );
      const left = said.outOfScope.map(({ service: name, why }) => `${name}: ${why}`);
      assert.ok(left.includes('default/other: its class is example.com/other'), left.join());
      assert.ok(left.includes('default/cloud: its IPs are in no pool'), left.join());
    });

    test('shows it within 80 columns, in order of gravity', async () => {
      const { stdout } = await cluster.run('check');
      assert.deepEqual(badLines(stdout), []);
      const kinds = [...stdout.matchAll(/^(error|warning|note) (\w+) \((\d+)\):/gm)].map(([, severity]) => severity);
      assert.deepEqual(
        kinds,
        kinds.toSorted((a, b) => RANK.indexOf(String(a)) - RANK.indexOf(String(b))),
      );
      assert.match(stdout, /^\d+ errors, \d+ warnings\./m);
    });

    test('says the same in YAML', async () => {
      const [json, yaml] = await Promise.all([
        cluster.ask<CheckReport>('check'),
        cluster.run('check', '--output', 'yaml'),
      ]);
      const said = parse(yaml.stdout) as CheckReport;
      assert.deepEqual({ ...said, takenAt: '' }, { ...json.said, takenAt: '' });
    });

    test('writes nothing', async () => {
      cluster.stub.requests.clear();
      await cluster.run('check');
      assert.deepEqual(cluster.stub.requests.writes, []);
    });
  });

  describe('on a cluster without holdfast', () => {
    test('and without MetalLB’s custom resources it reads the pools of 0.12 from the ConfigMap', async (t) => {
      const cluster = await StubCluster.start();
      t.after(() => cluster.stop());
      const config =
        'address-pools:\n- name: a\n  protocol: layer2\n  addresses: [192.0.2.0/28]\n  auto-assign: false\n';
      cluster.stub.put('/api/v1/configmaps', {
        metadata: { name: 'config', namespace: 'metallb-system' },
        data: { config },
      });
      cluster.service(service('in', ips('192.0.2.1')));
      cluster.service(service('out', ips('198.51.100.1')));
      const { code, said } = await cluster.ask<CheckReport>('check', '--ignore', 'Unclaimed', '--ignore', 'Unpinned');
      assert.equal(code, 3);
      assert.deepEqual(said.metallb.poolsFrom, 'configmap');
      assert.deepEqual(
        said.findings.map(({ code: what, object }) => `${what} ${object}`.trim()),
        ['Stranded default/out', 'NotRegistered'],
      );
    });

    test('and with nothing at all it says so, and finds nothing but that', async (t) => {
      const cluster = await StubCluster.start();
      t.after(() => cluster.stop());
      const { code, stdout } = await cluster.run('check');
      assert.equal(code, 3);
      assert.match(stdout, /no pools found/);
      assert.match(stdout, /not registered, no IPClaims in this cluster/);
      assert.match(stdout, /^1 warning\./m);
    });
  });

  test('reads a large cluster page by page, and says nothing on standard error', async (t) => {
    const cluster = await StubCluster.start('pools');
    t.after(() => cluster.stop());
    cluster.pool('main', ['10.0.0.0/16']);
    for (let i = 0; i < 1200; i += 1) {
      cluster.service(service(`s-${i}`, ips(`10.0.${Math.floor(i / 250)}.${i % 250}`)));
    }
    const { code, stdout, stderr } = await cluster.run('check');
    assert.deepEqual({ code, stderr }, { code: 3, stderr: '' });
    assert.match(stdout, /^warning Unpinned \(1200\):/m);
    assert.match(stdout, /^ {2}and 1190 more: --output json has all of them$/m);
    const pages = cluster.stub.requests.of('list', '/api/v1/services');
    assert.equal(pages.length, 3);
    assert.ok(pages.every(({ query }) => query.get('limit') === '500'));
  });

  test('ends with 2 when the cluster cannot be reached', async (t) => {
    const cluster = await StubCluster.start();
    t.after(() => cluster.stop());
    const { kubeconfig } = cluster;
    await cluster.stub.refuse();
    const { code, stderr } = await cluster.run('check');
    assert.equal(code, 2, kubeconfig);
    assert.match(stderr, /cannot reach http.*ECONNREFUSED/);
  });

  test('what may not be read is a note; Services that may not be listed are an error', async (t) => {
    const cluster = await StubCluster.start('pools', 'claims');
    t.after(() => cluster.stop());
    for (const path of [
      '/apis/holdfast.dev',
      '/apis/admissionregistration.k8s.io',
      '/api/v1/namespaces/metallb-system/pods',
    ])
      cluster.stub.faults.add({ path, times: 2, action: { kind: 'answer', status: 403, message: 'no' } });
    const { code, said } = await cluster.ask<CheckReport>('check');
    assert.equal(code, 0);
    assert.deepEqual(
      said.notes.map(({ object }) => object),
      ['claims', 'webhook configurations', "MetalLB's Pods"],
    );
    cluster.stub.faults.clear();
    cluster.stub.faults.add({ path: '/api/v1/services', action: { kind: 'answer', status: 403, message: 'no' } });
    const { code: forbidden, stderr } = await cluster.run('check');
    assert.equal(forbidden, 1);
    assert.match(stderr, /not allowed: no/);
  });
});

const RANK = ['error', 'warning', 'note'];
