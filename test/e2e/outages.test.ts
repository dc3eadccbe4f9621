import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { type Service, servicePath } from '../control-plane/kube-types.ts';
import { installMetallb, startMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { observeServices } from '../control-plane/observer.ts';
import { createService, createServices } from '../control-plane/services.ts';
import { type Guard, prepareGuard } from './support/guard.ts';

let cluster: Cluster;
let guard: Guard;

before(async () => {
  cluster = await startCluster();
  guard = await prepareGuard(cluster, { mode: 'enforce' });
});
after(() => cluster.stop());

const steal = async (name: string, ip: string): Promise<string> => {
  const path = `${servicePath('default', name)}/status`;
  const body = { status: { loadBalancer: { ingress: [{ ip }] } } };
  return cluster
    .client('human')
    .patch<Service>(path, 'merge', body)
    .then(
      () => 'stored',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
};

test('API server down at the start: holdfast waits, says so, is alive and not ready; then it recovers by itself', async () => {
  await cluster.stopApiServer();
  await guard.launch();
  await guard.process.waitForLine(/cannot reach .* \(ECONNREFUSED\): is the API server up\? Retrying in/);
  assert.equal((await guard.ops('/healthz')).status, 200);
  const { status, body } = await guard.ops('/readyz');
  assert.equal(status, 503);
  assert.match(body, /the first complete list of Services\n.*IPAddressPools\n.*Namespaces\n.*certificate/s);
  await cluster.startApiServer();
  await guard.process.waitForLine(/"msg":"holdfast is ready"/);
  assert.equal((await guard.ops('/readyz')).status, 200);
});

test('a cluster without MetalLB’s CRDs works, and pools count as soon as they appear', async () => {
  await createService(cluster, { name: 'a' });
  await createService(cluster, { name: 'b' });
  assert.equal(await steal('a', '203.0.113.1'), 'stored');
  assert.match(await steal('b', '203.0.113.1'), /\[Theft\] 203\.0\.113\.1/);
  await installMetallb(cluster, '0.13.12');
  await applyPools(cluster, '0.13.12', [{ name: 'main', addresses: ['10.200.0.0/20'] }]);
  await guard.process.waitForLine(/watch pools: live/);
  assert.equal(await steal('b', '203.0.113.1'), 'stored', 'an IP in no pool is not guarded once there are pools');
});

test('holdfast gone: every write that changes an IP waits, none slips through', async () => {
  await createService(cluster, { name: 'c' });
  assert.equal(await steal('c', '10.200.9.1'), 'stored');
  await guard.kill();
  assert.match(await steal('c', '10.200.9.2'), /failed calling webhook "status\.services\.holdfast\.dev"/);
  await guard.start();
  assert.match(await steal('c', '10.200.9.2'), /\[Move\]/);
});

test('MetalLB and holdfast through an API server restart and 20 s without etcd: nothing moves, nothing is doubled', async () => {
  for (const name of ['a', 'b', 'c']) await cluster.client().delete(servicePath('default', name));
  const observer = await observeServices(cluster);
  try {
    await createServices(cluster, { count: 40, prefix: 'held' });
    const metallb = await startMetallb(cluster, '0.13.12');
    await observer.waitUntilAssigned(40, 60_000);
    await cluster.stopApiServer();
    await cluster.startApiServer();
    await guard.process.waitForLine(/watch services: live/);
    cluster.pauseEtcd();
    await delay(20_000);
    cluster.resumeEtcd();
    await metallb.kill();
    const extra = await createServices(cluster, { count: 10, prefix: 'late' });
    assert.equal(extra.length, 10);
    await startMetallb(cluster, '0.13.12');
    await observer.waitForQuiet(5000, 40_000);
    const { moved, doubledEver } = observer.snapshot();
    assert.deepEqual({ moved, doubledEver }, { moved: [], doubledEver: [] });
    assert.equal((await guard.ops('/readyz')).status, 200);
    assert.ok(
      guard.refusals().some(({ user }) => user.endsWith(':controller')),
      'the storm was real',
    );
  } finally {
    await observer.stop();
  }
});

test('a role that is missing is named, and holdfast goes on as soon as it is granted', async () => {
  const path = '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/holdfast';
  const binding = await cluster
    .client()
    .get<{ readonly metadata: object; readonly roleRef: object; readonly subjects: object }>(path);
  await guard.stop();
  await cluster.client().delete(path);
  await guard.launch();
  await guard.process.waitForLine(
    /not allowed: .*cannot list resource \\"services\\".*Does the role of holdfast grant this\?/,
  );
  assert.equal((await guard.ops('/readyz')).status, 503);
  const { roleRef, subjects } = binding;
  await cluster.applyObjects([
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'holdfast' },
      roleRef,
      subjects,
    },
  ]);
  await guard.process.waitForLine(/"msg":"holdfast is ready"/, 60_000);
});

test('SIGTERM ends it with exit code 0', async () => {
  assert.deepEqual(await guard.stop(), { code: 0, signal: null });
});
