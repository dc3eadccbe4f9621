import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { type Service, servicePath } from '../control-plane/kube-types.ts';
import { installMetallb } from '../control-plane/metallb.ts';
import { applyPools, poolPath } from '../control-plane/metallb-pools.ts';
import { createService, type ServiceOptions, serviceIps } from '../control-plane/services.ts';
import { type Guard, prepareGuard } from './support/guard.ts';

const PIN = 'holdfast.dev/pin';

/** An Event as far as the tests look at it. */
interface KubeEvent {
  readonly reason: string;
  readonly type: string;
  readonly message: string;
  readonly involvedObject: { readonly kind: string; readonly name: string; readonly uid?: string };
}

/** What people edit on Services and pools, and what they are told at once, through a real API server's CEL. */
/** What docs/operations.md shows of warnings is among these. */
describe('at the edit', () => {
  let cluster: Cluster;
  let guard: Guard;
  let next = 0;

  before(async () => {
    cluster = await startCluster();
    await installMetallb(cluster, '0.16.1');
    await applyPools(cluster, '0.16.1', [
      { name: 'main', addresses: ['192.0.2.0/24'] },
      {
        name: 'blue',
        addresses: ['198.51.100.0/28'],
        serviceAllocation: { serviceSelectors: [{ matchLabels: { team: 'blue' } }] },
      },
      { name: 'tiny', addresses: ['203.0.113.1/32'], autoAssign: false },
    ]);
    guard = await prepareGuard(cluster, { mode: 'repair' });
    await guard.start();
  });
  after(() => cluster.stop());

  /** A Service with the IP that it was pinned to at CREATE, written by MetalLB's identity. */
  async function holding(options: Partial<ServiceOptions> = {}): Promise<Service> {
    next += 1;
    const made = await createService(cluster, { name: `svc-${next}`, ...options });
    const ip = made.metadata.annotations?.[PIN];
    assert.ok(ip, 'it was pinned');
    return setIps(made, [ip], 'metallb');
  }

  async function setIps(service: Service, ips: readonly string[], as: 'metallb' | 'human'): Promise<Service> {
    const path = servicePath('default', service.metadata.name);
    const stored = await cluster.client(as).get<Service>(path);
    const status = { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } };
    return cluster.client(as).replace<Service>(`${path}/status`, { ...stored, status });
  }

  /** Patches an object as a user. @returns the warnings, and how often holdfast was asked */
  async function edit(path: string, body: object): Promise<{ readonly warning: string; readonly asked: number }> {
    const before = await guard.callsAnswered();
    const answer = await cluster
      .client('human')
      .send({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json' });
    assert.equal(answer.status, 200, answer.body);
    return { warning: String(answer.headers.warning ?? ''), asked: (await guard.callsAnswered()) - before };
  }

  const editService = (service: Service, body: object) => edit(servicePath('default', service.metadata.name), body);

  /** Waits for an Event of this reason on the object that `kubectl describe` would look for. */
  async function eventOn(uid: string | undefined, reason: string): Promise<KubeEvent> {
    const path = '/api/v1/namespaces/default/events';
    const until = Date.now() + 15_000;
    for (;;) {
      const { items } = await cluster.client().list<KubeEvent & { metadata: { name: string } }>(path);
      const found = items.find((event) => event.involvedObject.uid === uid && event.reason === reason);
      if (found !== undefined) return found;
      if (Date.now() > until) assert.fail(`no Event ${reason} on ${uid}: ${items.map((one) => one.reason).join()}`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  test('an edit that can cost nothing does not leave the API server', async () => {
    const service = await holding();
    for (const body of [
      { spec: { ports: [{ name: 'http', port: 81, protocol: 'TCP' }] } },
      { spec: { externalTrafficPolicy: 'Local' } },
      { spec: { selector: { app: 'other' } } },
      { spec: { sessionAffinity: 'ClientIP' } },
      { metadata: { annotations: { note: 'x' } } },
    ]) {
      assert.deepEqual(await editService(service, body), { warning: '', asked: 0 }, JSON.stringify(body));
    }
    next += 1;
    const plain = await cluster.client('human').create<Service>(servicePath('default'), {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: `svc-${next}` },
      spec: { type: 'ClusterIP', ports: [{ port: 80, protocol: 'TCP' }] },
    });
    assert.deepEqual(await editService(plain, { metadata: { labels: { team: 'red' } } }), { warning: '', asked: 0 });
  });

  test('labels that lose an IP its pool are warned about, others are not', async () => {
    const annotations = { 'metallb.io/address-pool': 'blue' };
    const service = await holding({ labels: { team: 'blue' }, annotations });
    const [ip] = serviceIps(service);
    assert.match(ip ?? '', /^198\.51\.100\./);
    const harmless = await editService(service, { metadata: { labels: { more: '1' } } });
    assert.deepEqual(harmless, { warning: '', asked: 1 });
    const { warning } = await editService(service, { metadata: { labels: { team: 'red' } } });
    assert.match(warning, new RegExp(`holdfast: PoolRefuses: ${ip} goes: its pool blue does not select`));
  });

  test('an edit that ends the sharing names the IP and the other Service', async () => {
    const shared = (port: number, more: object = {}): Partial<ServiceOptions> => ({
      annotations: { 'metallb.io/allow-shared-ip': 'k' },
      spec: { ports: [{ name: 'x', port, protocol: 'TCP' }], ...more },
    });
    const [one, other] = [await holding(shared(80)), await holding(shared(443))];
    assert.deepEqual(serviceIps(one), serviceIps(other));
    const told = `holdfast: SharingEnds: ${serviceIps(one)[0]} is shared with default/${one.metadata.name}, and now`;
    const port = await editService(other, { spec: { ports: [{ name: 'x', port: 80, protocol: 'TCP' }] } });
    assert.ok(port.warning.includes(`${told} both use TCP/80`), port.warning);
    await editService(other, { spec: { ports: [{ name: 'x', port: 443, protocol: 'TCP' }] } });
    const local = await editService(other, { spec: { externalTrafficPolicy: 'Local' } });
    assert.ok(local.warning.includes(`${told} their externalTrafficPolicy`), local.warning);
    await editService(other, { spec: { externalTrafficPolicy: 'Cluster' } });
    const key = await editService(other, { metadata: { annotations: { 'metallb.io/allow-shared-ip': 'q' } } });
    assert.ok(key.warning.includes(`${told} their sharing keys differ`), key.warning);
  });

  test('a pool that does not exist or is full, prefixes that disagree, a request for nothing', async () => {
    const service = await holding();
    const [ip] = serviceIps(service);
    const ask = async (annotations: object) => (await editService(service, { metadata: { annotations } })).warning;
    assert.match(await ask({ 'metallb.io/address-pool': 'nowhere' }), /PoolUnknown: there is no pool .*nowhere/);
    await createService(cluster, { name: 'tiny', annotations: { 'metallb.io/address-pool': 'tiny' } });
    assert.match(
      await ask({ 'metallb.io/address-pool': 'tiny' }),
      new RegExp(`PoolFull: pool .*tiny.* has no free IP for this Service; ${ip} stays`),
    );
    assert.match(await ask({ 'metallb.universe.tf/address-pool': 'main' }), /PrefixesDisagree: address-pool differs/);
    await ask({ 'metallb.io/address-pool': null, 'metallb.universe.tf/address-pool': null });
    assert.match(
      await ask({ 'metallb.io/loadBalancerIPs': '10.9.9.9' }),
      /RequestUseless: 10\.9\.9\.9 will not be given/,
    );
  });

  test('a Service that becomes a LoadBalancer again is pinned to the IP it had, in the edit', async () => {
    const service = await holding();
    const pin = service.metadata.annotations?.[PIN];
    const path = servicePath('default', service.metadata.name);
    await editService(service, { spec: { type: 'ClusterIP', allocateLoadBalancerNodePorts: null } });
    const off = await cluster.client().get<Service>(path);
    assert.deepEqual([off.metadata.annotations?.[PIN], serviceIps(off)], [undefined, []]);
    await editService(service, { spec: { type: 'LoadBalancer' } });
    const back = await cluster.client().get<Service>(path);
    assert.equal(back.metadata.annotations?.[PIN], pin);
    assert.deepEqual(serviceIps(await setIps(back, [pin ?? ''], 'metallb')), [pin]);
  });

  test('a break-glass says at the edit what is wrong with it; its use is an Event and is counted', async () => {
    const service = await holding();
    const [ip] = serviceIps(service);
    const ask = async (text: string) =>
      (await editService(service, { metadata: { annotations: { 'holdfast.dev/allow-move': text } } })).warning;
    assert.match(await ask(`${ip} reason=x`), /GlassVoid: holdfast\.dev\/allow-move: until=.* is missing/);
    assert.match(await ask(`${ip} until=2020-01-01T00:00Z reason=x`), /it expired at 2020-01-01T00:00Z/);
    await assert.rejects(setIps(service, ['192.0.2.200'], 'human'), /is void: it expired at 2020-01-01T00:00Z/);
    const refused = await eventOn(service.metadata.uid, 'Move');
    assert.deepEqual([refused.type, refused.involvedObject.kind], ['Warning', 'Service']);
    const until = new Date(Date.now() + 3_600_000).toISOString();
    assert.equal(await ask(`${ip} until=${until} reason=renumbering`), '');
    await setIps(service, ['192.0.2.200'], 'human');
    const { type, message } = await eventOn(service.metadata.uid, 'Allowed');
    assert.equal(type, 'Warning');
    assert.ok(message.includes(`Open until ${until}, because: renumbering. Writer: `), message);
    const { body } = await guard.ops('/metrics');
    assert.match(body, /^holdfast_break_glass_total\{annotation="allow-move"\} 1$/m);
  });

  test('a break-glass on a pool that opens nothing is warned about when only that is edited', async () => {
    const write = (text: string | null) =>
      edit(poolPath('main'), { metadata: { annotations: { 'holdfast.dev/allow-strand': text } } });
    assert.match((await write('please')).warning, /GlassVoid: holdfast\.dev\/allow-strand: until=.* is missing/);
    assert.equal((await write('until=2099-01-01T00:00Z reason=x')).warning, '');
    assert.deepEqual(await write(null), { warning: '', asked: 1 });
    const other = await edit(poolPath('main'), { metadata: { annotations: { note: 'x' } } });
    assert.equal(other.asked, 0);
  });

  test('a Service that was pinned when it was created, and one that was redirected, have their Events', async () => {
    const pinned = await holding();
    await eventOn(pinned.metadata.uid, 'Pinned');
    const [taken] = serviceIps(pinned);
    next += 1;
    const thief = await createService(cluster, { name: `svc-${next}` });
    await setIps(thief, [taken ?? ''], 'metallb');
    const { message, type } = await eventOn(thief.metadata.uid, 'Redirected');
    assert.equal(type, 'Normal');
    assert.ok(message.startsWith(`${taken} belongs to Service default/${pinned.metadata.name}`), message);
  });
});
