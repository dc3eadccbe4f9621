import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { PinReport } from '../../src/cli/output/pin-layout.ts';
import { annotations, dualStack, ips, pinned, requested, service, spec } from '../gen/service.ts';
import { badLines, StubCluster } from './stub-cluster.ts';

async function setUp(t: TestContext): Promise<StubCluster> {
  const cluster = await StubCluster.start('pools');
  t.after(() => cluster.stop());
  cluster.pool('main', ['192.0.2.0/28', '2001:db8::/64']);
  return cluster;
}

const SERVICES = /^\/api\/v1\/namespaces\/default\/services\//;

function outcomes({ results }: PinReport): Readonly<Record<string, string>> {
  return Object.fromEntries(
    results.map((one) => [one.service.replace('default/', ''), `${one.outcome} ${one.why}`.trim()]),
  );
}

test('pins what has its IPs, skips the rest and says why; doing it again changes nothing', async (t) => {
  const cluster = await setUp(t);
  cluster.service(service('web', ips('192.0.2.1')));
  cluster.service(service('both', dualStack(), ips('192.0.2.2', '2001:db8::2')));
  cluster.service(service('half', dualStack(), ips('192.0.2.3')));
  cluster.service(service('asked', ips('192.0.2.4'), requested('192.0.2.4')));
  cluster.service(service('twice', ips('192.0.2.1')));
  cluster.service(service('outside', ips('198.51.100.1')));
  cluster.service(service('waiting'));
  cluster.service(service('other', ips('192.0.2.5'), spec({ loadBalancerClass: 'a/b' })));
  cluster.service(service('plain', spec({ type: 'ClusterIP' })));
  const { code, said } = await cluster.ask<PinReport>('pin', '--all');
  assert.equal(code, 0);
  assert.equal(said.prefix, 'metallb.universe.tf', 'nothing seen yet: the prefix that every version reads');
  const of = outcomes(said);
  const rightful = of.web === 'changed' ? 'twice' : 'web';
  assert.deepEqual(of, {
    ...of,
    both: 'changed',
    half: 'skipped has one IP for two families, which MetalLB cannot be pinned to',
    asked: 'skipped its user requests IPs already',
    [rightful]: 'skipped 192.0.2.1 belongs to another Service',
    outside: 'skipped is in no pool',
    waiting: 'skipped has no IP yet',
    other: 'skipped its class a/b is not guarded (--lb-class)',
  });
  assert.equal(of.plain, undefined);
  assert.deepEqual(cluster.read('both').metadata?.annotations, {
    'metallb.universe.tf/loadBalancerIPs': '192.0.2.2,2001:db8::2',
    'holdfast.dev/pin': '192.0.2.2,2001:db8::2',
  });
  cluster.stub.requests.clear();
  const again = await cluster.ask<PinReport>('pin', '--all');
  assert.equal(again.said.results.filter(({ outcome }) => outcome === 'changed').length, 0);
  assert.equal(cluster.stub.requests.writes.length, 0);
});

test('writes with the prefix that MetalLB was seen to write, or the given one', async (t) => {
  const cluster = await setUp(t);
  cluster.service(service('web', ips('192.0.2.1'), annotations({ 'metallb.io/ip-allocated-from-pool': 'main' })));
  assert.equal((await cluster.ask<PinReport>('pin', '--all', '--dry-run')).said.prefix, 'metallb.io');
  const given = await cluster.ask<PinReport>('pin', 'default/web', '--prefix', 'metallb.universe.tf');
  assert.equal(given.said.prefix, 'metallb.universe.tf');
  assert.equal(cluster.read('web').metadata?.annotations?.['metallb.universe.tf/loadBalancerIPs'], '192.0.2.1');
});

test('a dry run writes nothing and lists what would be done', async (t) => {
  const cluster = await setUp(t);
  cluster.service(service('web', ips('192.0.2.1')));
  const { code, stdout } = await cluster.run('pin', '--all', '--dry-run');
  assert.equal(code, 0);
  assert.match(stdout, /^would be pinned {2}default\/web {2}192\.0\.2\.1$/m);
  assert.deepEqual(badLines(stdout), []);
  assert.deepEqual(cluster.stub.requests.writes, []);
});

test('a Service that changes between look and write is judged anew: a request made meanwhile wins', async (t) => {
  const cluster = await setUp(t);
  const calm = cluster.service(service('calm', ips('192.0.2.2')));
  cluster.service(service('busy', ips('192.0.2.1')));
  const edit =
    (...mods: Parameters<typeof service> extends [string, ...infer M] ? M : never) =>
    () =>
      void cluster.service(service('busy', ips('192.0.2.1'), ...mods));
  cluster.stub.faults.add({
    verb: 'patch',
    path: /\/busy$/,
    action: { kind: 'run', run: edit(annotations({ 'holdfast.dev/note': 'other' })) },
  });
  cluster.stub.faults.add({
    verb: 'patch',
    path: /\/busy$/,
    action: { kind: 'run', run: edit(requested('192.0.2.9')) },
  });
  const { code, said } = await cluster.ask<PinReport>('pin', '--all');
  assert.equal(code, 0);
  assert.deepEqual(outcomes(said), { busy: 'skipped its user requests IPs already', calm: 'changed' });
  assert.equal(cluster.read('busy').metadata?.annotations?.['holdfast.dev/pin'], undefined);
  assert.equal(cluster.read('calm').metadata?.uid, calm.metadata?.uid);
});

test('somebody who changes a Service again and again is not fought: that one fails, with 1', async (t) => {
  const cluster = await setUp(t);
  cluster.service(service('busy', ips('192.0.2.1')));
  let n = 0;
  const run = () => {
    n += 1;
    cluster.service(service('busy', ips('192.0.2.1'), annotations({ 'holdfast.dev/n': String(n) })));
  };
  cluster.stub.faults.add({ verb: 'patch', path: SERVICES, times: 99, action: { kind: 'run', run } });
  const { code, said } = await cluster.ask<PinReport>('pin', '--all');
  assert.equal(code, 1);
  assert.match(outcomes(said).busy ?? '', /^failed was changed by others 5 times/);
});

test('one Service that may not be written does not stop the others', async (t) => {
  const cluster = await setUp(t);
  cluster.service(service('a', ips('192.0.2.1')));
  cluster.service(service('b', ips('192.0.2.2')));
  const action = { kind: 'answer', status: 403, message: 'no' } as const;
  cluster.stub.faults.add({ verb: 'patch', path: /\/a$/, action });
  const { code, said } = await cluster.ask<PinReport>('pin', '--namespace', 'default');
  assert.equal(code, 1);
  assert.match(outcomes(said).a ?? '', /^failed not allowed: no \(missing rule, in a ClusterRole: /);
  assert.equal(outcomes(said).b, 'changed');
});

test('without pools, or with those of 0.12, nothing is pinned', async (t) => {
  const none = await StubCluster.start();
  t.after(() => none.stop());
  none.service(service('web', ips('192.0.2.1')));
  const { code, stderr } = await none.run('pin', '--all');
  assert.equal(code, 1);
  assert.match(stderr, /no IPAddressPool was found/);
  const metadata = { name: 'config', namespace: 'metallb-system' };
  none.stub.put('/api/v1/configmaps', { metadata, data: { config: 'address-pools: []' } });
  assert.match((await none.run('pin', '--all')).stderr, /0\.12 and older know no pins/);
  assert.deepEqual(none.stub.requests.writes, []);
});

test('unpin takes pins of holdfast away under either prefix, and nothing else', async (t) => {
  const cluster = await setUp(t);
  cluster.service(service('old', ips('192.0.2.1'), pinned('192.0.2.1', 'metallb.universe.tf')));
  cluster.service(service('new', ips('192.0.2.2'), pinned('192.0.2.2', 'metallb.io')));
  cluster.service(service('asked', ips('192.0.2.3'), requested('192.0.2.3')));
  // The user has changed the request since: only holdfast's own mark goes.
  cluster.service(service('edited', ips('192.0.2.4'), pinned('192.0.2.4'), requested('192.0.2.5')));
  const { code, said } = await cluster.ask<PinReport>('unpin', '--all');
  assert.equal(code, 0);
  assert.deepEqual(Object.keys(outcomes(said)).sort(), ['edited', 'new', 'old']);
  assert.deepEqual(cluster.read('old').metadata?.annotations, {});
  assert.deepEqual(cluster.read('new').metadata?.annotations, {});
  assert.deepEqual(cluster.read('asked').metadata?.annotations, { 'metallb.io/loadBalancerIPs': '192.0.2.3' });
  assert.equal(cluster.read('edited').metadata?.annotations?.['metallb.io/loadBalancerIPs'], '192.0.2.5');
  assert.deepEqual(cluster.read('old').status, { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }] } });
  const { stderr, code: missing } = await cluster.run('unpin', 'default/absent');
  assert.deepEqual([missing, stderr], [1, '']);
});
