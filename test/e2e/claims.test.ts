import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ApiError } from '../control-plane/api-error.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { inParallel } from '../control-plane/in-parallel.ts';
import { type Service, servicePath } from '../control-plane/kube-types.ts';
import { installMetallb, startMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { observeServices, type ServiceObserver } from '../control-plane/observer.ts';
import { createService, createServices, serviceIps } from '../control-plane/services.ts';
import { type GuardGroup, prepareGuards } from './support/guard.ts';

const CLAIMS = '/apis/holdfast.dev/v1alpha1/ipclaims';

interface StoredClaim {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
  readonly spec: { readonly ip: string; readonly holder: string; readonly state: string };
}

describe('claims of two replicas on a real API server', () => {
  let cluster: Cluster;
  let guards: GuardGroup;
  let observer: ServiceObserver;

  before(async () => {
    cluster = await startCluster();
    await installMetallb(cluster, '0.16.1');
    await applyPools(cluster, '0.16.1', [
      { name: 'main', addresses: ['192.0.2.0/24'] },
      // Nobody is pinned to these: they are there to be fought for.
      { name: 'arena', addresses: ['198.51.100.0/24'], autoAssign: false },
    ]);
    // Two Services that have the same IP from a time before holdfast.
    for (const name of ['first', 'second']) await setIp(await createService(cluster, { name }), '192.0.2.200');
    guards = await prepareGuards(cluster, 2, { mode: 'repair', flags: ['--claim-grace', '65s'] });
    await guards.start();
    observer = await observeServices(cluster);
  });
  after(async () => {
    guards.stop();
    await observer.stop();
    await cluster.stop();
  });

  async function setIp(
    service: Service,
    ip: string | undefined,
    query?: { readonly dryRun: string },
  ): Promise<Service> {
    const path = `${servicePath('default', service.metadata.name)}/status`;
    const ingress = ip === undefined ? [] : [{ ip }];
    return cluster.client('human').patch<Service>(path, 'merge', { status: { loadBalancer: { ingress } } }, query);
  }

  async function claims(): Promise<ReadonlyMap<string, StoredClaim['spec']>> {
    const { items } = await cluster.client().list<StoredClaim>(CLAIMS);
    return new Map(items.map(({ spec }) => [spec.ip, spec]));
  }

  /** Waits until the claims say what `wanted` says. */
  async function claimsBecome(
    wanted: (now: ReadonlyMap<string, StoredClaim['spec']>) => boolean,
    withinMs: number,
  ): Promise<void> {
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), withinMs);
    try {
      const { resourceVersion } = (await cluster.client().list<StoredClaim>(CLAIMS)).metadata;
      if (wanted(await claims())) return;
      for await (const event of cluster.client().watch(CLAIMS, { resourceVersion, signal: late.signal })) {
        if (event.type !== 'BOOKMARK' && wanted(await claims())) return;
      }
      assert.fail('the claims did not become what they should');
    } finally {
      clearTimeout(timer);
    }
  }

  test('a duplicate from before is adopted without any move, for one of the two, and named in the log', async () => {
    const holder = (await claims()).get('192.0.2.200')?.holder ?? '';
    assert.match(holder, /^default\/(first|second)$/);
    assert.deepEqual(observer.snapshot().moves, []);
    const [replica] = guards.replicas;
    await replica?.process.waitForLine(new RegExp(`192.0.2.200 has two owners already: ${holder} is rightful`));
  });

  test('200 writes fight for 20 IPs through two replicas: each IP has exactly one winner, and its claim says so', async () => {
    const ips = Array.from({ length: 20 }, (_, i) => `198.51.100.${i + 1}`);
    const fighters = await createServices(cluster, { count: 200, prefix: 'fighter' });
    const outcomes = await inParallel([...fighters.entries()], 64, async ([i, fighter]) =>
      setIp(fighter, ips[i % ips.length]).then(
        () => 'won',
        (error: unknown) => (error instanceof ApiError && error.status === 403 ? 'lost' : String(error)),
      ),
    );
    assert.deepEqual(new Set(outcomes), new Set(['won', 'lost']));
    assert.equal(outcomes.filter((outcome) => outcome === 'won').length, ips.length);
    const held = await claims();
    await observer.waitUntil((ledger) => ips.every((ip) => ledger.ownersOf(ip).length === 1), 10_000);
    for (const ip of ips) assert.equal(held.get(ip)?.holder, observer.ledger.ownersOf(ip)[0], ip);
  });

  test('a dry run of anything leaves no trace', async () => {
    const [service] = await createServices(cluster, { count: 1, prefix: 'dry' });
    assert.ok(service);
    const before = await cluster.client().list<StoredClaim>(CLAIMS);
    await setIp(service, '198.51.100.99', { dryRun: 'All' });
    await cluster.client('human').create(
      servicePath('default'),
      {
        ...service,
        metadata: { name: 'dry-2', namespace: 'default' },
        status: {},
        spec: { type: 'LoadBalancer', ports: [{ port: 80 }], allocateLoadBalancerNodePorts: false },
      },
      { dryRun: 'All' },
    );
    const now = await cluster.client().list<StoredClaim>(CLAIMS);
    const versions = (items: readonly StoredClaim[]) =>
      items.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`);
    assert.deepEqual(versions(now.items), versions(before.items));
  });

  test('delete and create again: the same IP, although another Service came in between; a copy gets its own', async () => {
    const metallb = await startMetallb(cluster, '0.16.1');
    try {
      const made = await createService(cluster, { name: 'comes-back' });
      await observer.waitUntil((ledger) => serviceIps(ledger.get('default/comes-back') ?? made).length > 0, 20_000);
      const stored = await cluster.client().get<Service>(servicePath('default', 'comes-back'));
      const [ip] = serviceIps(stored);
      assert.ok(ip);
      await cluster.client().delete(servicePath('default', 'comes-back'));
      await createService(cluster, { name: 'in-between' });
      await observer.waitUntil((ledger) => serviceIps(ledger.get('default/in-between') ?? made).length > 0, 20_000);
      assert.notDeepEqual(serviceIps(observer.ledger.get('default/in-between') ?? made), [ip]);
      await createService(cluster, { name: 'comes-back' });
      await observer.waitUntil((ledger) => serviceIps(ledger.get('default/comes-back') ?? made).length > 0, 20_000);
      assert.deepEqual(serviceIps(observer.ledger.get('default/comes-back') ?? made), [ip]);

      const { annotations = {} } = (await cluster.client().get<Service>(servicePath('default', 'comes-back'))).metadata;
      const copied = Object.fromEntries(Object.entries(annotations).filter(([key]) => !key.includes('ip-allocated')));
      await createService(cluster, { name: 'copy', annotations: copied });
      await observer.waitUntil((ledger) => serviceIps(ledger.get('default/copy') ?? made).length > 0, 20_000);
      assert.notDeepEqual(serviceIps(observer.ledger.get('default/copy') ?? made), [ip]);
      // MetalLB resolves the duplicate when it starts; the rightful one stays.
      const rightful = (await claims()).get('192.0.2.200')?.holder;
      const moved = observer
        .snapshot()
        .moved.filter((name) => !/^default\/(first|second)$/.test(name) || name === rightful);
      assert.deepEqual(moved, []);
    } finally {
      await metallb.kill();
    }
  });

  test('a crash between claim and commit leaves nothing after the grace', async () => {
    const spec = { ip: '198.51.100.150', family: 'IPv4', holder: 'default/never', state: 'Held', sharingKey: '' };
    const since = new Date(Date.now() - 60_000).toISOString();
    const holders = [
      {
        namespace: 'default',
        name: 'first',
        uid: observer.ledger.get('default/first')?.metadata.uid ?? '',
        serviceVersion: '999999999',
        since,
      },
    ];
    await cluster.client('holdfast').create(CLAIMS, {
      apiVersion: 'holdfast.dev/v1alpha1',
      kind: 'IPClaim',
      metadata: { name: '198.51.100.150' },
      spec: { ...spec, holders },
    });
    await claimsBecome((now) => !now.has('198.51.100.150'), 40_000);
  });
});
