import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { PlanResult } from '../../src/cli/output/plan-layout.ts';
import { annotations, ips, requested, service } from '../gen/service.ts';
import { badLines, StubCluster } from './stub-cluster.ts';

function manifest(name: string, addresses: readonly string[], more = ''): string {
  const head = `apiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata:\n  name: ${name}\n${more}`;
  return `${head}spec:\n  addresses: ${JSON.stringify(addresses)}\n`;
}

describe('holdfast plan', () => {
  let cluster: StubCluster;
  before(async () => {
    cluster = await StubCluster.start('pools');
    cluster.pool('main', ['192.0.2.0/28']);
    cluster.pool('spare', ['198.51.100.0/30']);
    cluster.service(service('web', ips('192.0.2.1')));
    cluster.service(service('shop', ips('192.0.2.9'), annotations({ 'metallb.io/address-pool': 'spare' })));
    cluster.service(service('asked', ips('192.0.2.10'), requested('192.0.2.10')));
  });
  after(() => cluster.stop());

  const plan = (text: string, ...flags: readonly string[]) =>
    cluster.ask<PlanResult>('plan', '-f', cluster.file('pools.yaml', text), ...flags);

  test('growing a pool and adding one is harmless', async () => {
    const text = `${manifest('main', ['192.0.2.0/27'])}---\n${manifest('new', ['203.0.113.0/28'])}`;
    const { code, said } = await plan(text);
    assert.equal(code, 0);
    assert.deepEqual(
      said.steps.map(({ pool, action, guard }) => [pool, action, guard]),
      [
        ['main', 'change', 'allows'],
        ['new', 'create', 'not asked'],
      ],
    );
    assert.deepEqual([said.stranded, said.misnamed], [[], []]);
  });

  test('shrinking a pool under assigned IPs: who is hit, and what becomes of them', async () => {
    const { code, said } = await plan(manifest('main', ['192.0.2.0/29']));
    assert.equal(code, 3);
    assert.equal(said.steps[0]?.guard, 'refuses');
    assert.deepEqual(said.stranded, [
      { service: 'default/asked', ip: '192.0.2.10', why: 'in no pool', fate: 'pending: it requests this IP' },
      { service: 'default/shop', ip: '192.0.2.9', why: 'in no pool', fate: 'moves to pool spare' },
    ]);
  });

  test('what --prune and --delete take away', async () => {
    const { code, said } = await plan(manifest('main', ['192.0.2.0/28']), '--prune');
    assert.equal(code, 3);
    assert.deepEqual(said.steps.at(-1), { action: 'delete', pool: 'spare', guard: 'allows', strands: 0, overlaps: [] });
    assert.deepEqual(said.misnamed, [{ service: 'default/shop', pool: 'spare' }]);
    const deleted = await cluster.ask<PlanResult>('plan', '--delete', 'main', '--delete', 'absent');
    assert.equal(deleted.said.stranded.length, 3);
    assert.equal(deleted.said.steps[1]?.action, 'keep');
  });

  test('a range that moves to another pool strands nobody in the end, but its first step is refused', async () => {
    const text = `${manifest('main', ['192.0.2.0/29'])}---\n${manifest('second', ['192.0.2.8/29'])}`;
    const { code, said } = await plan(text);
    assert.equal(code, 3);
    assert.deepEqual([said.steps[0]?.guard, said.steps[0]?.strands, said.stranded], ['refuses', 2, []]);
    const { said: other } = await plan(
      `${manifest('second', ['192.0.2.8/29'])}---\n${manifest('main', ['192.0.2.0/29'])}`,
    );
    assert.deepEqual(other.steps[0]?.overlaps, ['main']);
  });

  test('break-glass on the pool opens the guard; the plan still tells', async () => {
    const glass = '  annotations:\n    holdfast.dev/allow-strand: "until=2099-01-01T00:00Z reason=renumbering"\n';
    const { code, said } = await plan(manifest('main', ['192.0.2.0/29'], glass));
    assert.deepEqual([code, said.steps[0]?.guard], [3, 'opened']);
  });

  test('other kinds and other namespaces are left out, lists are taken apart', async () => {
    const elsewhere = manifest('main', ['10.0.0.0/24'], '  namespace: elsewhere\n');
    const list = JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [{ apiVersion: 'metallb.io/v1beta1', kind: 'L2Advertisement', metadata: { name: 'l2' } }],
    });
    const { code, said } = await plan(`${elsewhere}---\n${list}\n---\n# nothing\n`);
    assert.equal(code, 0);
    assert.deepEqual(said.steps, []);
    assert.equal(said.leftOut.length, 2);
    assert.match(said.leftOut[0] ?? '', /pools\.yaml:1: IPAddressPool main of namespace elsewhere/);
    assert.match(said.leftOut[1] ?? '', /pools\.yaml:\d+: L2Advertisement l2$/);
  });

  test('names every document that it cannot use, with its line, and ends with 1', async () => {
    const file = cluster.file(
      'bad.yaml',
      `${manifest('main', ['192.0.2.300', '1.2.3.4'])}---\n- 1\n---\n${manifest('x', [])}`,
    );
    const { code, stdout, stderr } = await cluster.run('plan', '-f', file);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: '' });
    assert.match(
      stderr,
      /bad\.yaml:1: IPAddressPool main: "192\.0\.2\.300", "1\.2\.3\.4" is neither a CIDR nor a range/,
    );
    assert.match(stderr, /bad\.yaml:8: is not an object/);
    assert.match(stderr, /bad\.yaml:10: IPAddressPool x has no spec\.addresses/);
    const broken = await cluster.run('plan', '-f', cluster.file('broken.yaml', 'a: [1\nb: 2\n'));
    assert.equal(broken.code, 1);
    assert.match(broken.stderr, /broken\.yaml:\d: not YAML: /);
    const missing = await cluster.run('plan', '-f', '/does/not/exist.yaml');
    assert.match(missing.stderr, /cannot read \/does\/not\/exist\.yaml/);
  });

  test('fits into 80 columns', async () => {
    const { stdout } = await cluster.run('plan', '--delete', 'main');
    assert.deepEqual(badLines(stdout), []);
    assert.match(stdout, /^Not without harm: see above\.$/m);
  });
});

test('the first pool of a cluster strands what it does not cover', async (t) => {
  const cluster = await StubCluster.start('pools');
  t.after(() => cluster.stop());
  cluster.service(service('in', ips('192.0.2.1')));
  cluster.service(service('out', ips('198.51.100.1')));
  const file = cluster.file('pools.yaml', manifest('main', ['192.0.2.0/28']));
  const { code, said } = await cluster.ask<PlanResult>('plan', '-f', file);
  assert.equal(code, 3);
  assert.deepEqual(
    said.stranded.map((one) => one.service),
    ['default/out'],
  );
});
