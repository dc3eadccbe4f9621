import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ClaimStore } from '../../src/app/ports.ts';
import type { Claim } from '../../src/core/claims/claim.ts';
import type { IpAddress } from '../../src/core/net/ip.ts';
import { ensureClaimCrd } from '../../src/kube/claim-crd.ts';
import { claimStore } from '../../src/kube/claim-store.ts';
import { createClient } from '../../src/kube/client.ts';
import { loadCluster } from '../../src/kube/cluster.ts';
import { isKubeError } from '../../src/kube/errors.ts';
import { followClaims } from '../../src/kube/follow-claims.ts';
import type { KubeClient } from '../../src/kube/kube-client.ts';
import { IP_CLAIMS } from '../../src/kube/paths.ts';
import { claimToJson } from '../../src/review/claim-json.ts';
import { claimName } from '../../src/review/claim-name.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { claimHolder, claimOn, ipOf } from '../gen/claim.ts';

const RBAC = fileURLToPath(new URL('../../deploy/manifests/rbac.yaml', import.meta.url));
const run = promisify(execFile);

/** Claims in a real API server, with nothing but the role of deploy/. */
describe('claims', () => {
  let cluster: Cluster;
  const clients: KubeClient[] = [];
  let one: ClaimStore;
  let other: ClaimStore;

  before(async () => {
    cluster = await startCluster();
    await cluster.applyYaml(RBAC);
    const kubeconfig = cluster.kubeconfig('holdfast');
    for (let replica = 0; replica < 2; replica += 1) {
      clients.push(createClient(loadCluster({ kubeconfig }), { version: '0.0.0' }));
    }
    const outcomes = await Promise.all(clients.map((client) => ensureClaimCrd(client)));
    assert.equal(outcomes.filter((outcome) => outcome === 'created').length, 1);
    [one, other] = clients.map((client) => claimStore(client)) as [ClaimStore, ClaimStore];
  });
  after(async () => {
    for (const client of clients) client.close();
    await cluster.stop();
  });

  function client(): KubeClient {
    const [first] = clients;
    if (first === undefined) throw new Error('no client');
    return first;
  }

  async function kubectl(...args: readonly string[]): Promise<string> {
    const { stdout } = await run(cluster.kubectl, ['--kubeconfig', cluster.kubeconfig('admin'), ...args]);
    return stdout;
  }

  async function created(claim: Claim): Promise<Claim> {
    const outcome = await one.create(claim);
    if (outcome === 'exists') assert.fail(`${claim.ip} exists`);
    return outcome;
  }

  function isInvalid(error: unknown, message: RegExp): boolean {
    return isKubeError(error, 'invalid') && message.test(error.message);
  }

  test('the definition is established, and a second look changes nothing', async () => {
    assert.equal(await ensureClaimCrd(client()), 'unchanged');
    const text = await kubectl('wait', '--for=condition=Established', '--timeout=1s', 'crd/ipclaims.holdfast.dev');
    assert.match(text, /condition met/);
    const structural = await kubectl('get', 'crd/ipclaims.holdfast.dev', '-o', 'jsonpath={.status.conditions[*].type}');
    assert.doesNotMatch(structural, /NonStructuralSchema/);
  });

  test('nothing of the look whether claims can be created stays, and a create is answered at once', async () => {
    assert.equal(await kubectl('get', 'ipclaims', '-o', 'name'), '');
    const began = performance.now();
    await created(claimOn('198.51.100.2'));
    assert.ok(performance.now() - began < 1_000);
  });

  test('a claim comes back from the API server as it was, both families', async () => {
    for (const ip of ['198.51.100.1', '2001:db8::a']) {
      const history = [
        { service: { namespace: 'a', name: 'b', uid: 'c' }, from: 1_001, to: 2_002, because: 'TypeChanged' },
      ];
      const reserved = claimHolder('', { service: { namespace: 'shop', name: '', uid: '' }, reviewUid: 'r', basis: 0 });
      const wanted = claimOn(ip, {
        holders: [claimHolder('web', { goneSince: 3 }), reserved],
        sharingKey: 'k',
        history,
      });
      const stored = await created(wanted);
      assert.ok(stored.uid !== '' && stored.version > 0);
      assert.deepEqual({ ...stored, uid: '', version: 0 }, wanted);
      assert.deepEqual(await other.read(ipOf(ip)), stored);
    }
  });

  test('of fifty that claim the same IP at once, through two replicas, one wins', async () => {
    for (const ip of ['198.51.100.10', '2001:db8::10']) {
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          (index % 2 === 0 ? one : other).create(claimOn(ip, { holders: [claimHolder(`svc-${index}`)] })),
        ),
      );
      const won = outcomes.filter((outcome) => outcome !== 'exists');
      assert.equal(won.length, 1);
      assert.deepEqual(await other.read(ipOf(ip)), won[0]);
    }
  });

  test('of twenty that change the same version at once, one wins', async () => {
    const first = await created(claimOn('198.51.100.20'));
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? one : other).update({ ...first, sharingKey: `key-${index}` }),
      ),
    );
    assert.equal(outcomes.filter((outcome) => outcome === 'conflict').length, 19);
  });

  test('only what was read is changed or removed', async () => {
    const first = await created(claimOn('198.51.100.30'));
    const second = await one.update({ ...first, sharingKey: 'key' });
    if (typeof second === 'string') assert.fail(second);
    assert.equal(await other.update(first), 'conflict');
    assert.equal(await other.remove(first), 'conflict');
    assert.equal(await other.remove(second), 'removed');
    assert.equal(await one.remove(second), 'gone');
    assert.equal(await one.update(second), 'gone');
    const again = await created(first);
    assert.equal(await one.update(second), 'conflict');
    assert.equal(await one.remove({ ...again, uid: second.uid }), 'conflict');
    assert.equal(await one.remove(again), 'removed');
  });

  test('what would make no sense is refused by the API server itself', async () => {
    const { ip: _ip, ...rest } = await created(claimOn('198.51.100.40'));
    const json = claimToJson({ ...rest, ip: ipOf('198.51.100.41') });
    const renamed = { ...json, metadata: { ...(json.metadata as object), name: '198.51.100.40' } };
    const path = `${IP_CLAIMS}/198.51.100.40`;
    await assert.rejects(client().replace(path, renamed), (error) =>
      isInvalid(error, /the IP of a claim never changes/),
    );
    const nobody = claimOn('198.51.100.42', { holders: [] });
    await assert.rejects(one.create(nobody), (error) => isInvalid(error, /spec\.holders/));
    const doubled = claimOn('198.51.100.42', { holders: [claimHolder('a'), claimHolder('b')] });
    await assert.rejects(one.create(doubled), (error) => isInvalid(error, /more than one holder needs a sharing key/));
    for (const ip of ['198.51.100.43', '2001:db8::43']) {
      const misnamed = { ...claimToJson(claimOn(ip)), metadata: { name: 'by-hand' } };
      await assert.rejects(client().create(IP_CLAIMS, misnamed), (error) => isInvalid(error, /the name is the IP/));
    }
  });

  test('a follower hears of each claim, and of the very object that is removed', { timeout: 10_000 }, async (t) => {
    const stored = await created(claimOn('2001:db8::50'));
    const known = new Set<IpAddress>();
    const dropped = Promise.withResolvers<readonly [IpAddress, string]>();
    const listed = Promise.withResolvers<void>();
    const watch = followClaims({
      client: client(),
      sink: {
        replaceClaims: (claims) => {
          for (const { ip } of claims) known.add(ip);
          listed.resolve();
        },
        putClaim: ({ ip }) => known.add(ip),
        dropClaim: (ip, uid) => dropped.resolve([ip, uid]),
        absent: () => listed.reject(new Error('absent')),
      },
      onState: () => {},
      onHandlerError: (error) => dropped.reject(error),
      onDamaged: (name) => dropped.reject(new Error(`damaged: ${name}`)),
    });
    t.after(() => watch.stop());
    await listed.promise;
    assert.ok(known.has(stored.ip));
    assert.equal(await other.remove(stored), 'removed');
    assert.deepEqual(await dropped.promise, [stored.ip, stored.uid]);
  });

  test('kubectl get ipclaims reads as the table of who owns what, in 80 columns', async () => {
    await clear();
    const gone = claimHolder('api', { goneSince: Date.now() });
    const coming = claimHolder('', { service: { namespace: 'shop', name: '', uid: '' } });
    const sharing = ['dns-tcp', 'dns-udp', 'ntp'].map((name) => claimHolder(name));
    await created(claimOn('203.0.113.101'));
    await created(claimOn('203.0.113.102', { holders: sharing, sharingKey: 'dns' }));
    await created(claimOn('203.0.113.103', { holders: [gone] }));
    await created(claimOn('203.0.113.104', { holders: [coming] }));
    await created(claimOn('2001:db8::1', { holders: [claimHolder('web', { since: Date.now() - 42 * 86_400_000 })] }));
    const lines = (await kubectl('get', 'ipclaims')).trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => line.replace(/\S+$/, '').trim().split(/ {2,}/)),
      [
        ['NAME', 'HOLDER', 'STATE'],
        [claimName(ipOf('2001:db8::1')), 'default/web', 'Held'],
        ['203.0.113.101', 'default/web', 'Held'],
        ['203.0.113.102', 'default/dns-tcp, default/dns-udp +1', 'Shared'],
        ['203.0.113.103', 'default/api', 'Sticky'],
        ['203.0.113.104', 'shop/?', 'Reserved'],
      ],
    );
    assert.match(lines[1] ?? '', / 42d$/);
    const v4 = [1, 2, 3, 4].map((index) => `203.0.113.10${index}`);
    const printed = [await kubectl('get', 'ipc', ...v4), await kubectl('get', 'ipc', claimName(ipOf('2001:db8::1')))];
    for (const line of printed.flatMap((table) => table.split('\n'))) assert.ok(line.trimEnd().length <= 80, line);
    assert.match(await kubectl('get', 'ipclaims', '-o', 'wide'), /^NAME +IP +HOLDER +STATE +KEY +SINCE\n/);
  });

  async function clear(): Promise<void> {
    await kubectl('delete', 'ipclaims', '--all');
  }
});
