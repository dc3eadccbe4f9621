import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApiError } from '../control-plane/api-error.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { type Service, servicePath } from '../control-plane/kube-types.ts';
import { installMetallb, startMetallb } from '../control-plane/metallb.ts';
import { applyPools, poolPath } from '../control-plane/metallb-pools.ts';
import { observeServices, type ServiceObserver } from '../control-plane/observer.ts';
import { createService, createServices, serviceIps } from '../control-plane/services.ts';
import { type Guard, prepareGuard } from './support/guard.ts';

let cluster: Cluster;
let guard: Guard;
let observer: ServiceObserver;

before(async () => {
  cluster = await startCluster();
  await installMetallb(cluster, '0.16.1');
  await applyPools(cluster, '0.16.1', [
    { name: 'main', addresses: ['192.0.2.0/28'] },
    { name: 'spare', addresses: ['198.51.100.0/28'], autoAssign: false },
  ]);
  guard = await prepareGuard(cluster, { mode: 'repair' });
  await guard.start();
  observer = await observeServices(cluster);
  await createServices(cluster, { count: 5, prefix: 'web' });
  await startMetallb(cluster, '0.16.1');
  await observer.waitUntilAssigned(5);
});
after(async () => {
  await observer.stop();
  await cluster.stop();
});

const patchPool = (name: string, body: object, query?: { readonly dryRun: string }): Promise<unknown> =>
  cluster.client('human').patch(poolPath(name), 'merge', body, query);

async function refusal(write: Promise<unknown>): Promise<string> {
  const error = await write.then(
    () => assert.fail('the write was not refused'),
    (cause: unknown) => cause,
  );
  assert.ok(error instanceof ApiError, String(error));
  assert.equal(error.status, 403);
  return error.message;
}

test('shrinking a pool under assigned IPs is refused with the list of Services; a dry run is the preview', async () => {
  const shrunk = { spec: { addresses: ['192.0.2.0-192.0.2.2'] } };
  for (const query of [{ dryRun: 'All' }, undefined]) {
    const message = await refusal(patchPool('main', shrunk, query));
    assert.match(
      message,
      /\[Strand\] This change of pool main would strand the IPs of 2 Services: default\/web-\d+ \(192\.0\.2\.\d: in no pool\)/,
    );
    assert.match(message, /allow-strand: "until=<RFC 3339 time> reason=<why>"/);
  }
});

test('edits that strand nobody pass: growing, another priority, autoAssign off, shrinking what is free', async () => {
  await patchPool('main', { spec: { addresses: ['192.0.2.0/28', '203.0.113.0/28'] } });
  await patchPool('main', { spec: { autoAssign: false } });
  await patchPool('main', { spec: { autoAssign: true, addresses: ['192.0.2.0-192.0.2.9'] } });
  await patchPool('spare', { spec: { addresses: ['198.51.100.0/29'] } });
});

test('avoidBuggyIPs and a serviceAllocation that would lose somebody are refused', async () => {
  assert.match(await refusal(patchPool('main', { spec: { avoidBuggyIPs: true } })), /192\.0\.2\.0: avoided/);
  const elsewhere = { spec: { serviceAllocation: { namespaces: ['elsewhere'] } } };
  assert.match(await refusal(patchPool('main', elsewhere)), /5 Services.*not admitted/);
});

test('deleting a pool in use is refused, also the last one; an unused one goes', async () => {
  await cluster.client('human').delete(poolPath('spare'));
  assert.match(await refusal(cluster.client('human').delete(poolPath('main'))), /\[Strand\].*5 Services/);
});

test('break-glass: malformed it says what is wrong, expired it is void, valid it opens', async () => {
  const away = { spec: { addresses: ['192.0.2.0-192.0.2.3', '203.0.113.0/28'] } };
  const glass = (text: string) => ({ metadata: { annotations: { 'holdfast.dev/allow-strand': text } } });
  assert.match(await refusal(patchPool('main', { ...away, ...glass('please') })), /is void: until=.* is missing/);
  assert.match(
    await refusal(patchPool('main', { ...away, ...glass('until=2020-01-01T00:00Z reason=old') })),
    /\[Strand\].* is void: it expired at 2020-01-01T00:00Z/,
  );
  const until = new Date(Date.now() + 3_600_000).toISOString();
  await patchPool('main', { ...away, ...glass(`until=${until} reason=renumbering`) });
  await observer.waitUntil((ledger) => ledger.ownersOf('192.0.2.4').length === 0, 20_000);
  assert.deepEqual(observer.ledger.ownersOf('192.0.2.4'), [], 'MetalLB moved it, and holdfast let it: PoolGone');
  await observer.waitUntil((ledger) => ledger.pending.size === 0, 20_000);
  assert.equal(observer.snapshot().moved.length, 1);
});

test('a request for a taken IP is answered at once, and the Service keeps the IP it has', async () => {
  const [owner, other] = ['web-0000', 'web-0001'].map((name) => observer.ledger.get(`default/${name}`));
  assert.ok(owner && other);
  const [taken, own] = [serviceIps(owner)[0], serviceIps(other)[0]];
  const body = {
    metadata: { annotations: { 'metallb.universe.tf/loadBalancerIPs': taken, 'holdfast.dev/pin': null } },
  };
  const path = servicePath('default', 'web-0001');
  const answer = await cluster.client('human').send({
    method: 'PATCH',
    path,
    body,
    contentType: 'application/merge-patch+json',
  });
  assert.equal(answer.status, 200);
  assert.match(
    String(answer.headers.warning),
    new RegExp(`holdfast: RequestTaken of ${taken}, held by default/web-0000`),
  );
  await observer.waitForQuiet(3000, 20_000);
  assert.deepEqual(serviceIps(await cluster.client().get<Service>(path)), [own]);
});

test('labels of a namespace that a pool selects: warned about', async () => {
  await cluster.applyObjects([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team', labels: { tier: 'a' } } },
  ]);
  await applyPools(cluster, '0.16.1', [
    {
      name: 'team',
      addresses: ['198.51.100.64/28'],
      serviceAllocation: { namespaceSelectors: [{ matchLabels: { tier: 'a' } }, { matchLabels: { tier: 'c' } }] },
    },
  ]);
  await cluster.applyObjects([
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other', labels: { tier: 'c' } } },
  ]);
  const annotations = { 'metallb.io/address-pool': 'team' };
  await createService(cluster, { name: 'member', namespace: 'team', annotations });
  await observer.waitUntil((ledger) => ledger.assigned.has('team/member'), 20_000);
  const answer = await cluster.client('human').send({
    method: 'PATCH',
    path: '/api/v1/namespaces/team',
    body: { metadata: { labels: { tier: 'b' } } },
    contentType: 'application/merge-patch+json',
  });
  assert.match(String(answer.headers.warning), /holdfast: Strand of 198\.51\.100\.64, held by team\/member/);
});
