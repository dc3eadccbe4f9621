import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ApiError } from '../control-plane/api-error.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { type Service, servicePath } from '../control-plane/kube-types.ts';
import { installMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { createService, serviceIps } from '../control-plane/services.ts';
import { type Guard, prepareGuard } from './support/guard.ts';

/**
 * A write upon a version that is not the stored one. The API server asks the mutating hooks before it compares the
 * versions, and the validating ones after (registry/generic Store.Update): the write ends with 409 in between.
 */
describe('a write upon an outdated version', () => {
  let cluster: Cluster;
  let guard: Guard;

  before(async () => {
    cluster = await startCluster();
    await installMetallb(cluster, '0.16.1');
    await applyPools(cluster, '0.16.1', [{ name: 'main', addresses: ['192.0.2.0/24'] }]);
    guard = await prepareGuard(cluster, { mode: 'repair', flags: ['--pin=repair'] });
    await guard.start();
  });
  after(() => cluster.stop());

  const path = (name: string) => servicePath('default', name);

  function setIp(service: Service, ip: string): Promise<Service> {
    const status = { loadBalancer: { ingress: [{ ip }] } };
    return cluster.client('metallb').replace<Service>(`${path(service.metadata.name)}/status`, { ...service, status });
  }

  async function claimed(): Promise<readonly string[]> {
    const { items } = await cluster
      .client()
      .list<{ readonly spec: { readonly ip: string } }>('/apis/holdfast.dev/v1alpha1/ipclaims');
    return items.map(({ spec }) => spec.ip);
  }

  test('is answered with 409 after the mutating hook alone was asked, and costs no claim, repair or refusal', async () => {
    const holder = await createService(cluster, { name: 'holder' });
    await setIp(holder, '192.0.2.1');
    const outdated = await createService(cluster, { name: 'late' });
    await cluster.client('human').patch(path('late'), 'merge', { metadata: { labels: { touched: 'yes' } } });
    const [calls, decisions, claims] = [await guard.callsAnswered(), guard.decisions.length, await claimed()];
    for (const ip of ['192.0.2.9', '192.0.2.1']) {
      await assert.rejects(setIp(outdated, ip), (error) => error instanceof ApiError && error.status === 409);
    }
    assert.equal((await guard.callsAnswered()) - calls, 2, 'one call for each write: /mutate');
    assert.deepEqual(await claimed(), claims);
    assert.deepEqual(guard.decisions.slice(decisions), []);
    const stored = await cluster.client().get<Service>(path('late'));
    assert.deepEqual(serviceIps(stored), []);
    assert.deepEqual(serviceIps(await setIp(stored, '192.0.2.9')), ['192.0.2.9']);
  });
});
