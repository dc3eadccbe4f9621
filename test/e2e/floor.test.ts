import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { type Service, servicePath } from '../control-plane/kube-types.ts';
import { installMetallb, startMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { observeServices, type ServiceObserver } from '../control-plane/observer.ts';
import { createService, createServices, serviceIps } from '../control-plane/services.ts';
import { floorIsInForce, installFloor } from './support/floor.ts';
import { prepareGuard } from './support/guard.ts';

/** Every Service has two IPs that the real MetalLB gave it; then MetalLB and holdfast are gone. */
describe('the floor, with every replica dead', () => {
  const spare: string[] = [];
  let cluster: Cluster;
  let observer: ServiceObserver;
  let free = 100;

  before(async () => {
    cluster = await startCluster({ dualStack: true, auditLog: true });
    await installMetallb(cluster, '0.16.1');
    await applyPools(cluster, '0.16.1', [{ name: 'main', addresses: ['192.0.2.0/24', '2001:db8::/120'] }]);
    // In audit the webhooks fail open: without the floor every write below would pass.
    const guard = await prepareGuard(cluster, { mode: 'audit' });
    await guard.start();
    observer = await observeServices(cluster);
    const metallb = await startMetallb(cluster, '0.16.1');
    const made = await createServices(cluster, { count: 20, spec: { ipFamilyPolicy: 'RequireDualStack' } });
    spare.push(...made.map(({ metadata }) => metadata.name));
    await observer.waitUntilAssigned(made.length);
    await metallb.kill();
    await guard.kill();
    const probe = take();
    const { status } = await write(await stored(probe), moved(await stored(probe)));
    assert.equal(status, 200, 'unguarded, a move by hand is stored');
    await installFloor(cluster);
    await floorIsInForce(cluster, probe);
  });
  after(async () => {
    await observer.stop();
    await cluster.stop();
  });

  /** The name of a Service that no test has used yet. */
  function take(): string {
    const name = spare.pop();
    assert.ok(name, 'a Service is left');
    return name;
  }

  /** A Service that no test has used yet, with its two IPs. */
  async function one() {
    const service = await stored(take());
    const [v4 = ''] = serviceIps(service).filter((ip) => !ip.includes(':'));
    const [v6 = ''] = serviceIps(service).filter((ip) => ip.includes(':'));
    return { service, name: service.metadata.name, v4, v6 };
  }

  async function stored(name: string): Promise<Service> {
    return cluster.client().get<Service>(servicePath('default', name));
  }

  /** The IPs with the IPv4 one replaced by one of the pool that nobody has, another one each time. */
  function moved(service: Service): readonly string[] {
    free += 1;
    return serviceIps(service).map((ip) => (ip.includes(':') ? ip : `192.0.2.${free}`));
  }

  /** PUT to /status, as MetalLB does and kubectl edit. @param annotations instead of those that the Service has */
  async function write(
    service: Service,
    ips: readonly string[],
    annotations = service.metadata.annotations,
    as: 'human' | 'metallb' = 'human',
  ) {
    const metadata = { ...service.metadata, annotations };
    const body = { ...service, metadata, status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } } };
    const path = `${servicePath('default', service.metadata.name)}/status`;
    const { status, body: answer, headers } = await cluster.client(as).send({ method: 'PUT', path, body });
    const { message = '' } = JSON.parse(answer) as { message?: string };
    return { status, message, warning: String(headers.warning ?? '') };
  }

  /** The values of an audit annotation, in the order of the requests. */
  function audited(key: string): readonly string[] {
    const lines = readFileSync(cluster.auditLogFile, 'utf8').trim().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { readonly annotations?: Record<string, string> });
    return entries.flatMap(({ annotations }) => annotations?.[key] ?? []);
  }

  /** @returns the Service as edited */
  async function edit(name: string, body: object): Promise<Service> {
    return cluster.client('human').patch<Service>(servicePath('default', name), 'merge', body);
  }

  async function annotated(name: string, annotations: Record<string, string | null>): Promise<Service> {
    return edit(name, { metadata: { annotations } });
  }

  const glass = (ip: string, until: string) => ({ 'holdfast.dev/allow-move': `${ip} until=${until} reason=test` });
  const inOneHour = () => new Date(Date.now() + 3_600_000).toISOString();

  async function refused(answer: ReturnType<typeof write>): Promise<string> {
    const { status, message } = await answer;
    assert.equal(status, 403, message);
    assert.match(message, /ValidatingAdmissionPolicy 'holdfast-floor'/);
    return message;
  }

  async function passes(answer: ReturnType<typeof write>): Promise<void> {
    const { status, message } = await answer;
    assert.equal(status, 200, message);
  }

  describe('is refused', () => {
    test('a move: the message names the IP, the Service and the ways out', async () => {
      const { service, v4 } = await one();
      const message = await refused(write(service, moved(service)));
      assert.ok(message.includes(`[Move] ${v4} would leave Service default/${service.metadata.name}`), message);
      assert.ok(message.includes(`holdfast.dev/allow-move: "${v4} until=`), message);
      assert.match(message, /request the new IP \(metallb\.io\/loadBalancerIPs\)/);
    });

    test('a wipe, of both IPs and of one', async () => {
      const { service, v4, v6 } = await one();
      const message = await refused(write(service, []));
      assert.ok(message.includes(v4) && message.includes(v6), message);
      assert.ok((await refused(write(service, [v4]))).includes(`[Move] ${v6} would`));
    });

    test('a reason that comes along in the same write, or a note that goes with it', async () => {
      const { service, v4 } = await one();
      await refused(write(service, moved(service), glass(v4, inOneHour())));
      await refused(write(service, moved(service), {}));
    });

    test('a break-glass for another IP, an expired one, one without a reason', async () => {
      const { service, v4 } = await one();
      const { name } = service.metadata;
      const half = { 'holdfast.dev/allow-move': `${v4} until=${inOneHour()}` };
      for (const bad of [glass('192.0.2.99', inOneHour()), glass(v4, '2026-01-01T10:00Z'), half])
        await refused(write(await annotated(name, bad), moved(service)));
    });

    test('a request, when something else is written', async () => {
      const { service } = await one();
      const asking = await annotated(service.metadata.name, { 'metallb.io/loadBalancerIPs': '192.0.2.201' });
      await refused(write(asking, moved(service)));
    });
  });

  describe('passes', () => {
    test('another order, another spelling, another ipMode, a condition', async () => {
      const { service, name, v4, v6 } = await one();
      await passes(write(service, [v6, v4]));
      await passes(write(await stored(name), [v4, v6.toUpperCase().replace('::', ':0:0::')]));
      await passes(write(await stored(name), [v4, v6]));
      const lastTransitionTime = '2026-01-01T00:00:00Z';
      const condition = { type: 'X', status: 'True', reason: 'R', message: '', lastTransitionTime };
      const path = `${servicePath('default', name)}/status`;
      await cluster.client('human').patch(path, 'merge', { status: { conditions: [condition] } });
      const ingress = [{ ip: v4, ipMode: 'Proxy' }, { ip: v6 }];
      await cluster.client('human').patch(path, 'merge', { status: { loadBalancer: { ingress } } });
    });

    test('the break-glass, for its IP until its time, with and without seconds, and is audited', async () => {
      for (const until of [inOneHour(), `${inOneHour().slice(0, 16)}Z`, `${inOneHour().slice(0, 16)}+00:00`]) {
        const { name, v4 } = await one();
        const open = await annotated(name, glass(v4, until));
        await refused(write(open, [v4]));
        await passes(write(open, moved(open)));
      }
      const uses = audited('holdfast-floor/break-glass');
      assert.equal(uses.length, 3, 'what was refused used none');
      assert.match(uses[0] ?? '', /192\.0\.2\.\d+ until=\S+ reason=test/);
    });

    test('what the user has requested', async () => {
      const service = await annotated(take(), { 'metallb.io/loadBalancerIPs': '192.0.2.200, 2001:DB8::C8' });
      await passes(write(service, ['192.0.2.200', '2001:db8::c8']));
    });

    test('the family that the user dropped', async () => {
      const { service, name, v4 } = await one();
      const { clusterIPs = [] } = service.spec as { readonly clusterIPs?: readonly string[] };
      const ipv4 = clusterIPs.filter((ip) => !ip.includes(':'));
      const spec = { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'], clusterIPs: ipv4, clusterIP: ipv4[0] };
      await passes(write(await edit(name, { spec }), [v4]));
    });

    test('another type, another class, a deletion', async () => {
      const plain = await edit(take(), { spec: { type: 'ClusterIP', allocateLoadBalancerNodePorts: null } });
      assert.deepEqual(serviceIps(plain), [], 'the API server itself clears the status');
      const spec = { loadBalancerClass: 'example.com/other' };
      await createService(cluster, {
        name: 'other',
        spec,
        annotations: { 'metallb.io/ip-allocated-from-pool': 'main' },
      });
      await passes(write(await stored('other'), ['192.0.2.210']));
      await passes(write(await stored('other'), ['192.0.2.211']));
      const name = take();
      await edit(name, { metadata: { finalizers: ['holdfast.dev/test'] } });
      await cluster.client('human').delete(servicePath('default', name));
      await passes(write(await stored(name), []));
    });

    test('an IP that is not MetalLB’s; with --any-ip it is guarded as well', async () => {
      const { metadata } = await createService(cluster, { name: 'foreign' });
      await passes(write(await stored(metadata.name), ['203.0.113.1']));
      await passes(write(await stored(metadata.name), ['203.0.113.2']));
      await installFloor(cluster, '--any-ip');
      await floorIsInForce(cluster, metadata.name);
    });

    test('MetalLB: whatever it moves is stored, with a warning and an entry in the audit log', async () => {
      const service = await stored(take());
      const { status, warning } = await write(service, moved(service), service.metadata.annotations, 'metallb');
      assert.equal(status, 200);
      assert.match(warning, /holdfast-floor-metallb.*\[Move\] 192\.0\.2\.\d+ would leave Service default\/svc-/);
      const entries = audited('validation.policy.admission.k8s.io/validation_failure');
      assert.ok(entries.some((entry) => entry.includes(`default/${service.metadata.name}`)));
    });

    test('the real MetalLB follows a request, and gives a new Service its IP', async () => {
      const { metadata } = await annotated(take(), { 'metallb.io/loadBalancerIPs': '192.0.2.220,2001:db8::dc' });
      const metallb = await startMetallb(cluster, '0.16.1');
      await createService(cluster, { name: 'fresh' });
      const owned = (ip: string, name: string) =>
        observer.snapshot().owners.get(ip)?.includes(`default/${name}`) === true;
      assert.ok(await observer.waitUntil(() => owned('192.0.2.220', metadata.name), 20_000), metallb.logs());
      assert.ok(await observer.waitUntil(({ assigned }) => assigned.has('default/fresh'), 20_000), metallb.logs());
      assert.equal(metallb.refusedWrites(), 0);
      await metallb.kill();
    });
  });
});
