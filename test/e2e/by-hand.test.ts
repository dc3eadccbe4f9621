import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ApiError } from '../control-plane/api-error.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { type Service, servicePath } from '../control-plane/kube-types.ts';
import { installMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { createService, serviceIps } from '../control-plane/services.ts';
import { type Guard, prepareGuard } from './support/guard.ts';

/** What a person can do to a status with kubectl, and what holdfast says. No MetalLB runs; nothing else writes. */
describe('by hand', () => {
  let cluster: Cluster;
  let guard: Guard;
  let next = 0;

  before(async () => {
    cluster = await startCluster({ dualStack: true });
    await installMetallb(cluster, '0.16.1');
    await applyPools(cluster, '0.16.1', [{ name: 'main', addresses: ['192.0.2.0/24', '2001:db8::/64'] }]);
    guard = await prepareGuard(cluster, { mode: 'enforce' });
    await guard.start();
  });
  after(() => cluster.stop());

  /** A Service that has these IPs, written by MetalLB's identity. */
  async function holding(
    ips: readonly string[],
    options: Partial<Parameters<typeof createService>[1]> = {},
  ): Promise<Service> {
    next += 1;
    const made = await createService(cluster, { name: `svc-${next}`, ...options });
    return ips.length === 0
      ? made
      : setIngress(
          made,
          ips.map((ip) => ({ ip })),
          'metallb',
        );
  }

  /** As people do it (a patch), or as MetalLB does (a PUT; its role has nothing else). */
  async function setIngress(
    service: Service,
    ingress: readonly object[],
    as: 'human' | 'metallb' = 'human',
  ): Promise<Service> {
    const path = servicePath('default', service.metadata.name);
    const status = { loadBalancer: { ingress } };
    if (as === 'human') return cluster.client(as).patch<Service>(`${path}/status`, 'merge', { status });
    const stored = await cluster.client(as).get<Service>(path);
    return cluster.client(as).replace<Service>(`${path}/status`, { ...stored, status });
  }

  function edit(service: Service, body: object): Promise<Service> {
    return cluster.client('human').patch<Service>(servicePath('default', service.metadata.name), 'merge', body);
  }

  async function refusal(write: Promise<unknown>): Promise<string> {
    const error = await write.then(
      () => assert.fail('the write was not refused'),
      (cause: unknown) => cause,
    );
    assert.ok(error instanceof ApiError, String(error));
    assert.equal(error.status, 403);
    return error.message;
  }

  describe('is refused', () => {
    test('moving an IP', async () => {
      const service = await holding(['192.0.2.1']);
      const message = await refusal(setIngress(service, [{ ip: '192.0.2.2' }]));
      assert.match(
        message,
        /holdfast: \[Move\] 192\.0\.2\.1 is assigned to Service default\/svc-\d+, which would get 192\.0\.2\.2 instead/,
      );
      assert.match(message, /allow-move: "192\.0\.2\.1 until=<RFC 3339 time> reason=<why>"/);
    });

    test('clearing an IP', async () => {
      const service = await holding(['192.0.2.3']);
      assert.match(await refusal(setIngress(service, [])), /\[Move\] 192\.0\.2\.3 .* would lose it/);
    });

    test('stealing an IP: the message names the IP, both Services, the reason and the way out', async () => {
      const owner = await holding(['192.0.2.4']);
      const thief = await holding([]);
      const message = await refusal(setIngress(thief, [{ ip: '192.0.2.4' }]));
      assert.match(message, /\[Theft\] 192\.0\.2\.4 belongs to Service default\/svc-\d+, which has it/);
      assert.ok(
        message.includes(`default/${owner.metadata.name}`) && message.includes(`default/${thief.metadata.name}`),
      );
      assert.match(message, /neither asks to share/);
      assert.match(message, /To hand it over, first free it/);
    });

    test('stealing an IP in another spelling', async () => {
      await holding(['2001:db8::5']);
      const thief = await holding([]);
      assert.match(await refusal(setIngress(thief, [{ ip: '2001:DB8:0::0005' }])), /\[Theft\] 2001:db8::5/);
    });

    test('an IP with leading zeros, which would hide a duplicate', async () => {
      await holding(['192.0.2.6']);
      const thief = await holding([]);
      const outcome = await setIngress(thief, [{ ip: '192.0.02.6' }]).catch((error: unknown) => error);
      assert.ok(outcome instanceof ApiError);
      assert.match(outcome.message, /\[MalformedIp\]|Invalid value/);
    });

    test('taking one family away from a dual-stack Service', async () => {
      const service = await holding(['192.0.2.7', '2001:db8::7'], { spec: { ipFamilyPolicy: 'RequireDualStack' } });
      assert.match(await refusal(setIngress(service, [{ ip: '2001:db8::7' }])), /\[Move\] 192\.0\.2\.7/);
    });

    test('granting oneself a reason in the very same write', async () => {
      const service = await holding(['192.0.2.8']);
      const path = `${servicePath('default', service.metadata.name)}/status`;
      const write = cluster.client('human').patch(path, 'merge', {
        metadata: { annotations: { 'metallb.io/loadBalancerIPs': '192.0.2.9' } },
        status: { loadBalancer: { ingress: [{ ip: '192.0.2.9' }] } },
      });
      assert.match(await refusal(write), /\[Move\]/);
    });
  });

  describe('passes', () => {
    test('re-ordering, ipMode, conditions, annotations and labels: holdfast is not even asked', async () => {
      const service = await holding(['192.0.2.20', '2001:db8::20'], { spec: { ipFamilyPolicy: 'RequireDualStack' } });
      const before = await guard.callsAnswered();
      await setIngress(service, [{ ip: '2001:db8::20' }, { ip: '192.0.2.20' }]);
      await setIngress(service, [
        { ip: '2001:db8::20', ipMode: 'Proxy' },
        { ip: '192.0.2.20', ipMode: 'Proxy' },
      ]);
      const path = `${servicePath('default', service.metadata.name)}/status`;
      const condition = {
        type: 'X',
        status: 'True',
        reason: 'R',
        message: '',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      };
      await cluster.client('human').patch(path, 'merge', { status: { conditions: [condition] } });
      await cluster.client('human').patch(path, 'merge', { metadata: { annotations: { a: 'b' }, labels: { c: 'd' } } });
      await edit(service, { metadata: { annotations: { e: 'f' } } });
      assert.equal(await guard.callsAnswered(), before);
    });

    test('a first IP, and only then holdfast is asked, once', async () => {
      const service = await holding([]);
      const before = await guard.callsAnswered();
      await setIngress(service, [{ ip: '192.0.2.21' }], 'metallb');
      assert.equal(await guard.callsAnswered(), before + 1);
    });

    test('growing to dual stack', async () => {
      const service = await holding(['192.0.2.22'], { spec: { ipFamilyPolicy: 'PreferDualStack' } });
      const grown = await setIngress(service, [{ ip: '192.0.2.22' }, { ip: '2001:db8::22' }], 'metallb');
      assert.deepEqual(serviceIps(grown), ['192.0.2.22', '2001:db8::22']);
    });

    test('a type change, after which the IP is free at once', async () => {
      const service = await holding(['192.0.2.23']);
      await edit(service, { spec: { type: 'ClusterIP', allocateLoadBalancerNodePorts: null } });
      assert.deepEqual(serviceIps(await holding(['192.0.2.23'])), ['192.0.2.23']);
    });

    test('deletion, after which the IP is free at once', async () => {
      const service = await holding(['192.0.2.24']);
      await cluster.client('human').delete(servicePath('default', service.metadata.name));
      assert.deepEqual(serviceIps(await holding(['192.0.2.24'])), ['192.0.2.24']);
    });

    test('a changed request', async () => {
      const service = await holding(['192.0.2.25']);
      const asking = await edit(service, { metadata: { annotations: { 'metallb.io/loadBalancerIPs': '192.0.2.26' } } });
      assert.deepEqual(serviceIps(await setIngress(asking, [{ ip: '192.0.2.26' }], 'metallb')), ['192.0.2.26']);
    });

    test('break-glass, for this IP only', async () => {
      const service = await holding(['192.0.2.27']);
      const until = new Date(Date.now() + 3_600_000).toISOString();
      await edit(service, {
        metadata: { annotations: { 'holdfast.dev/allow-move': `192.0.2.27 until=${until} reason=test` } },
      });
      assert.deepEqual(serviceIps(await setIngress(service, [{ ip: '192.0.2.28' }])), ['192.0.2.28']);
      assert.match(await refusal(setIngress(service, [{ ip: '192.0.2.29' }])), /\[Move\] 192\.0\.2\.28/);
    });

    test('an IP in no pool, which is not holdfast’s business', async () => {
      const service = await holding(['203.0.113.1']);
      assert.deepEqual(serviceIps(await setIngress(service, [{ ip: '203.0.113.2' }])), ['203.0.113.2']);
    });

    test('a dry run of a theft is refused too, and one of a gain reserves nothing', async () => {
      const [one, other] = [await holding([]), await holding([])];
      const path = `${servicePath('default', one.metadata.name)}/status`;
      const body = { status: { loadBalancer: { ingress: [{ ip: '192.0.2.30' }] } } };
      await cluster.client('human').patch(path, 'merge', body, { dryRun: 'All' });
      assert.deepEqual(serviceIps(await setIngress(other, [{ ip: '192.0.2.30' }])), ['192.0.2.30']);
      await refusal(cluster.client('human').patch(path, 'merge', body, { dryRun: 'All' }));
    });
  });

  test('two writers race for one IP: exactly one wins, each time', async () => {
    for (let round = 0; round < 10; round += 1) {
      const pair = [await holding([]), await holding([])];
      const ip = `192.0.2.${100 + round}`;
      const outcomes = await Promise.allSettled(pair.map((service) => setIngress(service, [{ ip }])));
      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    }
  });

  test('unregister removes the configuration, and only then nobody is asked any more', async () => {
    const service = await holding(['192.0.2.200']);
    const { runUnregister } = await import('../../src/cli/unregister.ts');
    assert.equal(await runUnregister(cluster.kubeconfig('holdfast')), 0);
    const list = await cluster.client().list('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations');
    assert.deepEqual(
      list.items.map(({ metadata }) => metadata.name),
      [],
    );
    assert.ok(service);
  });
});
