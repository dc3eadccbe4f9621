import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { inParallel } from '../control-plane/in-parallel.ts';
import { type Service, servicePath } from '../control-plane/kube-types.ts';
import { installMetallb, type MetallbController, startMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { observeServices, type ServiceObserver } from '../control-plane/observer.ts';
import { createService, createServices, serviceIps } from '../control-plane/services.ts';
import { type Guard, prepareGuard } from './support/guard.ts';
import { shell } from './support/shell.ts';

const COUNT = 20;
const CLAIMS = '/apis/holdfast.dev/v1alpha1/ipclaims';

/** What a backup tool puts back: no status, no uid, no version, no ClusterIPs; annotations as they were. */
function backedUp({ metadata, spec }: Service, annotations: Service['metadata']['annotations'] = {}): Service {
  const { type, ports, selector, allocateLoadBalancerNodePorts } = spec as Service['spec'] & {
    readonly allocateLoadBalancerNodePorts?: boolean;
  };
  const { name, namespace = 'default' } = metadata;
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, annotations },
    spec: { type, ports, selector, allocateLoadBalancerNodePorts } as Service['spec'],
  };
}

describe('Services that are restored from a backup keep their IPs', () => {
  let cluster: Cluster;
  let guard: Guard;
  let metallb: MetallbController;
  let observer: ServiceObserver;

  before(async () => {
    cluster = await startCluster();
    await installMetallb(cluster, '0.16.1');
    await applyPools(cluster, '0.16.1', [{ name: 'main', addresses: ['192.0.2.0/24'] }]);
    guard = await prepareGuard(cluster, { mode: 'repair' });
    await guard.start();
    metallb = await startMetallb(cluster, '0.16.1');
    observer = await observeServices(cluster);
    await createServices(cluster, { count: COUNT, prefix: 'app' });
    await observer.waitUntilAssigned(COUNT);
  });
  after(async () => {
    await metallb.kill();
    await observer.stop();
    await cluster.stop();
  });

  async function services(): Promise<readonly Service[]> {
    const { items } = await cluster.client().list<Service>('/api/v1/services');
    return items.filter(({ metadata }) => metadata.name.startsWith('app-'));
  }

  const ipsByName = (all: readonly Service[]) =>
    Object.fromEntries(all.map((one) => [one.metadata.name, serviceIps(one)]));

  /** Deletes all of them, does what happens `meanwhile`, creates them again in another order, and waits for their IPs. */
  async function restore(
    of: (service: Service) => Service,
    meanwhile: () => Promise<unknown> = async () => {},
    afterwards: () => Promise<unknown> = async () => {},
  ): Promise<void> {
    const backup = await services();
    await inParallel(backup, 8, ({ metadata }) => cluster.client().delete(servicePath('default', metadata.name)));
    await observer.waitUntil((ledger) => ![...ledger.assigned.keys()].some((name) => name.includes('/app-')), 20_000);
    await meanwhile();
    await inParallel(backup.toReversed(), 8, (service) => cluster.client().create(servicePath('default'), of(service)));
    await afterwards();
    await observer.waitUntil(
      (ledger) => backup.every(({ metadata }) => ledger.assigned.has(`default/${metadata.name}`)),
      30_000,
    );
    assert.deepEqual(ipsByName(await services()), ipsByName(backup));
  }

  test('without pins in the backup: the claims of the names bring them back, although others came in between', async () => {
    await restore(
      (service) => backedUp(service),
      () => createService(cluster, { name: 'stranger' }),
    );
  });

  test('without any claim: the pins in the backup bring them back', async () => {
    await restore(
      (service) => backedUp(service, service.metadata.annotations),
      async () => {
        const { items } = await cluster.client().list(CLAIMS);
        await inParallel(items, 8, ({ metadata }) => cluster.client().delete(`${CLAIMS}/${metadata.name}`));
      },
    );
  });

  test('while holdfast is away nobody gets any IP; once it is unregistered MetalLB honours the pins itself', async () => {
    await restore(
      (service) => backedUp(service, service.metadata.annotations),
      () => guard.kill(),
      async () => {
        const waiting = (await services()).filter((one) => serviceIps(one).length === 0);
        assert.equal(waiting.length, COUNT);
        assert.equal((await shell(cluster, 'holdfast unregister')).code, 0);
        // MetalLB repeats a write that failed at growing intervals; a restart is the way to make it try now.
        await metallb.kill();
        metallb = await startMetallb(cluster, '0.16.1');
      },
    );
  });
});
