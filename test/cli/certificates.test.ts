import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import type { CertificateBundle } from '../../src/certs/certificate-bundle.ts';
import { issueServing } from '../../src/certs/issue.ts';
import { DEFAULT_LIFETIMES } from '../../src/certs/lifetimes.ts';
import { readCertificates } from '../../src/certs/pem.ts';
import { makeBundle } from '../../src/certs/self-signed.ts';
import type { RawSettings } from '../../src/config/source.ts';
import { VALIDATING_WEBHOOKS } from '../../src/kube/paths.ts';
import { registeredCa } from '../support/certificates/caller.ts';
import { CertificateReplica, type ReplicaOptions } from '../support/certificates/replica.ts';
import { StubApiServer } from '../support/stub-apiserver/server.ts';
import type { KubeObject } from '../support/stub-apiserver/store.ts';
import { temporaryFolder } from './holdfast-process.ts';
import { writeKubeconfig } from './serving.ts';

const SECRETS = '/api/v1/namespaces/holdfast-system/secrets';
const SECRET = `${SECRETS}/holdfast-certificate`;
const EC = {
  cert: new URL('../unit/certs/testdata/ec-test-only.crt', import.meta.url),
  key: new URL('../unit/certs/testdata/ec-test-only.key', import.meta.url),
};
/** So that a step takes a round and not a minute. */
const AT_ONCE = { checkEveryMs: 20, settleMs: 0, overlapMs: 0 };

type Secret = KubeObject & { data: Record<string, string> };

describe('certificates of running replicas', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let stub: StubApiServer;
  let kubeconfig: string;
  let replicas: CertificateReplica[] = [];

  beforeEach(async () => {
    folder = temporaryFolder();
    stub = await StubApiServer.start();
    kubeconfig = writeKubeconfig(stub, folder.path);
  });
  afterEach(async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    replicas = [];
    await stub.stop();
    folder.remove();
  });

  /** A replica that is open and registered; nothing happens between its rounds. */
  async function open(flags: RawSettings = {}, more: Partial<ReplicaOptions> = {}): Promise<CertificateReplica> {
    const replica = new CertificateReplica({
      kubeconfig,
      flags: { register: 'url=https://127.0.0.1:8443', ...flags },
      hurried: { lifetimes: DEFAULT_LIFETIMES, timing: AT_ONCE },
      ...more,
    });
    replicas.push(replica);
    await replica.open();
    return replica;
  }

  const secret = () => stub.read(SECRET) as Secret;
  const inSecret = (key: string) => Buffer.from(secret().data[key] ?? '', 'base64').toString();
  /** Changes the Secret by hand. */
  const edit = (change: (before: Secret) => object) =>
    void stub.put('/api/v1/secrets', { ...secret(), ...change(secret()) });

  interface Shown {
    readonly serial: string;
    readonly error: string | undefined;
  }

  /** What the replica shows to a client that trusts `ca`, by default what is registered. */
  function shown({ address }: CertificateReplica, ca = registeredCa(stub), client: object = {}): Promise<Shown> {
    return new Promise((resolve) => {
      let serial = '';
      const at = { host: '127.0.0.1', port: address.port, path: '/validate', method: 'POST', agent: false } as const;
      const call = request({ ...at, ...(ca === undefined ? { rejectUnauthorized: false } : { ca }), ...client });
      call.on('socket', (socket) => {
        socket.on('secureConnect', () => {
          serial = (socket as TLSSocket).getPeerCertificate().serialNumber;
        });
      });
      call.on('response', (response) => {
        response.on('end', () => resolve({ serial, error: undefined })).resume();
      });
      call.on('error', (error) => resolve({ serial, error: error.message })).end('{}');
    });
  }

  const serialOf = (pem: string) => readCertificates(pem, 'it')[0].serialNumber;

  for (const [what, damage] of [
    ['deleted', () => stub.remove(SECRET)],
    ['emptied', () => edit(() => ({ data: {} }))],
    ['damaged', () => edit(({ data }) => ({ data: { ...data, 'tls.crt': 'bm9uc2Vuc2U=' } }))],
    ['robbed of the key of its CA', () => edit(({ data: { 'ca.key': _gone, ...data } }) => ({ data }))],
  ] as const) {
    test(`a Secret that is ${what} is put back as it was, and both replicas go on with what they serve`, async () => {
      const [one, two] = [await open(), await open()];
      const before = await shown(one);
      const data = secret().data;
      damage();
      await one.round();
      await two.round();
      assert.deepEqual(secret().data, data);
      assert.deepEqual([await shown(one), await shown(two)], [before, before]);
      assert.equal(one.warnings.length, 1);
      assert.match(one.warnings[0] ?? '', /^Secret holdfast-system\/holdfast-certificate .*[Pp]ut back as it was/);
    });
  }

  test('a Secret that is damaged while nobody runs is replaced, and the CA that is registered stays trusted', async () => {
    const hurried = { lifetimes: DEFAULT_LIFETIMES, timing: { ...AT_ONCE, overlapMs: 60_000 } };
    const first = await open({}, { hurried });
    const old = await shown(first);
    edit(({ data }) => ({ data: { ...data, 'ca.key': 'bm9uc2Vuc2U=' } }));
    const second = await open({}, { hurried });
    assert.match(second.warnings.join(), /ca\.key is no private key.*Replaced by a new CA and serving certificate/);
    assert.deepEqual([(await shown(first)).error, (await shown(second)).error], [undefined, undefined]);
    await first.round();
    await first.round();
    const now = await shown(first);
    assert.deepEqual([now.error, now.serial === old.serial], [undefined, false]);
  });

  test('a Secret that holdfast has not made is served, and never written', async () => {
    const theirs = await makeBundle({ dnsNames: [], ips: ['127.0.0.1'], now: Date.now() });
    const put = (data: Record<string, string>) => {
      stub.put('/api/v1/namespaces', { metadata: { name: 'holdfast-system' } });
      stub.put('/api/v1/secrets', { metadata: { namespace: 'holdfast-system', name: 'holdfast-certificate' }, data });
    };
    const encode = (text: string) => Buffer.from(text).toString('base64');
    const good = { 'ca.crt': encode(theirs.ca), 'tls.crt': encode(theirs.cert), 'tls.key': encode(theirs.key) };
    put(good);
    const replica = await open();
    assert.deepEqual(await shown(replica), { serial: serialOf(theirs.cert), error: undefined });
    const broken = { ...good, 'tls.key': 'bm9uc2Vuc2U=' };
    put(broken);
    await replica.round();
    await replica.round();
    assert.deepEqual(secret().data, broken);
    assert.match(replica.warnings.join(), /tls\.key is no private key.*holdfast has not made it, so mend it/);
    assert.equal(replica.warnings.length, 1);
    assert.equal((await shown(replica)).error, undefined);
  });

  test('on request the CA is replaced step by step; labels and annotations of others stay', async () => {
    const [one, two] = [await open(), await open()];
    const before = inSecret('ca.crt');
    edit(({ metadata }) => ({
      metadata: {
        ...metadata,
        annotations: { 'holdfast.dev/renew': 'ca', mine: 'yes' },
        labels: { ...metadata?.labels, team: 'net' },
      },
    }));
    for (let round = 0; round < 6; round++) {
      for (const replica of [one, two]) {
        await replica.round();
        assert.deepEqual([(await shown(one)).error, (await shown(two)).error], [undefined, undefined]);
      }
    }
    const after = readCertificates(inSecret('ca.crt'), 'ca.crt');
    assert.deepEqual([after.length, after[0].toString() === before], [1, false]);
    assert.equal((await shown(one)).serial, serialOf(inSecret('tls.crt')));
    assert.deepEqual(secret().metadata?.annotations, { mine: 'yes' });
    assert.equal(secret().metadata?.labels?.team, 'net');
    assert.deepEqual([...one.warnings, ...two.warnings], []);
  });

  test('a replica whose clock is a day behind makes a certificate that is valid for it, once, and then it rests', async () => {
    const right = await open();
    const wrong = await open({}, { clockOffMs: -86_400_000 });
    const writes = () => stub.requests.writes.filter(({ path }) => path.startsWith(SECRETS)).length;
    for (let round = 0; round < 3; round++) for (const replica of [right, wrong]) await replica.round();
    const before = writes();
    for (let round = 0; round < 5; round++) for (const replica of [right, wrong]) await replica.round();
    assert.equal(writes(), before);
    assert.deepEqual([(await shown(right)).error, (await shown(wrong)).error], [undefined, undefined]);
  });

  test('a webhook configuration that somebody deletes stays away, and the replica says so', async () => {
    const replica = await open();
    assert.equal(replica.registered, true);
    stub.remove(`${VALIDATING_WEBHOOKS}/holdfast`);
    await replica.round();
    await replica.round();
    assert.equal(stub.read(`${VALIDATING_WEBHOOKS}/holdfast`), undefined);
    assert.equal(replica.registered, false);
    assert.deepEqual(replica.warnings.length, 1);
  });

  test('an API server that is away is told once; afterwards everything is looked after again', async () => {
    const replica = await open();
    await stub.refuse();
    await replica.round();
    await replica.round();
    assert.equal(replica.warnings.length, 1);
    assert.match(replica.warnings[0] ?? '', /what was served before goes on: cannot reach/);
    await stub.listen();
    stub.remove(SECRET);
    await replica.round();
    assert.notEqual(secret(), undefined);
  });

  /** With the flags that docs/certificates.md shows. */
  describe('of somebody else', () => {
    /** As the kubelet mounts a Secret: the names are links into a folder that is swapped whole. */
    function mount(version: string, files: Readonly<Record<string, string>>): void {
      const there = join(folder.path, version);
      mkdirSync(there);
      for (const [name, text] of Object.entries(files)) writeFileSync(join(there, name), text);
      symlinkSync(version, join(folder.path, `..tmp-${version}`));
      renameSync(join(folder.path, `..tmp-${version}`), join(folder.path, '..data'));
    }
    const path = (name: string) => join(folder.path, '..data', name);
    const flags = () => ({ 'tls-cert': path('tls.crt'), 'tls-key': path('tls.key') });
    const filesOf = ({ ca, cert, key }: CertificateBundle) => ({ 'ca.crt': ca, 'tls.crt': cert, 'tls.key': key });
    const make = () => makeBundle({ dnsNames: [], ips: ['127.0.0.1'], now: Date.now() });

    test('is read again after a swap; old and new CA overlap in the caBundle', async () => {
      const [first, next] = await Promise.all([make(), make()]);
      mount('v1', filesOf(first));
      const replica = await open({ ...flags(), 'tls-ca': path('ca.crt') });
      assert.deepEqual(await shown(replica), { serial: serialOf(first.cert), error: undefined });
      mount('v2', filesOf(next));
      await replica.round();
      assert.deepEqual(await shown(replica), { serial: serialOf(next.cert), error: undefined });
      assert.equal(readCertificates(registeredCa(stub) ?? '', 'caBundle').length, 2);
      assert.equal(stub.read(SECRET), undefined, 'no Secret is made');
    });

    test('a pair that does not belong together is told, once, and the old one stays', async () => {
      const [first, next] = await Promise.all([make(), make()]);
      mount('v1', filesOf(first));
      const replica = await open({ ...flags(), 'tls-ca': path('ca.crt') });
      mount('v2', { ...filesOf(next), 'tls.key': first.key });
      await replica.round();
      await replica.round();
      assert.deepEqual(await shown(replica), { serial: serialOf(first.cert), error: undefined });
      assert.deepEqual(replica.warnings.length, 1);
      assert.match(replica.warnings[0] ?? '', /the key in .*tls\.key does not belong to the certificate in .*tls\.crt/);
      mount('v3', filesOf(next));
      await replica.round();
      assert.equal((await shown(replica)).serial, serialOf(next.cert));
    });

    test('ECDSA, without a CA: the caBundle is left to cert-manager’s cainjector', async () => {
      const [cert, key] = [readFileSync(EC.cert, 'utf8'), readFileSync(EC.key, 'utf8')];
      mount('v1', { 'tls.crt': cert, 'tls.key': key });
      const replica = await open({ ...flags(), 'inject-ca-from': 'holdfast-system/serving' });
      const { serial } = await shown(replica, undefined);
      assert.equal(serial, serialOf(cert));
      const { metadata } = stub.read(`${VALIDATING_WEBHOOKS}/holdfast`) ?? {};
      assert.equal(metadata?.annotations?.['cert-manager.io/inject-ca-from'], 'holdfast-system/serving');
      assert.equal(registeredCa(stub), undefined);
    });

    test('a certificate that the API server will refuse is served, and what is wrong with it is told', async () => {
      mount('v1', filesOf(await makeBundle({ dnsNames: ['other.test'], ips: [], now: Date.now() })));
      const replica = await open(flags());
      await replica.round();
      assert.equal(replica.warnings.length, 1);
      assert.match(replica.warnings[0] ?? '', /should be replaced: it is not valid for 127\.0\.0\.1/);
    });
  });

  describe('of clients', () => {
    let clients: CertificateBundle;
    let file: string;
    beforeEach(async () => {
      clients = await makeBundle({ dnsNames: ['unused.test'], ips: [], now: Date.now() });
      file = join(folder.path, 'client-ca.crt');
      writeFileSync(file, clients.ca);
    });

    /** A certificate as an API server would show it, by the CA of the clients. */
    async function client(name: string, of = clients): Promise<{ readonly cert: string; readonly key: string }> {
      const ca = { cert: of.ca, key: of.caKey ?? '' };
      const now = Date.now();
      return issueServing({
        ca,
        dnsNames: [name],
        ips: [],
        validFrom: now - 60_000,
        validTo: now + 60_000,
        client: true,
      });
    }

    test('are asked for: none, or one of another CA, is turned away and told', async () => {
      const replica = await open({ 'client-ca': file });
      const other = await makeBundle({ dnsNames: ['x.test'], ips: [], now: Date.now() });
      assert.equal((await shown(replica, undefined, await client('kube-apiserver'))).error, undefined);
      assert.notEqual((await shown(replica)).error, undefined);
      assert.notEqual((await shown(replica, undefined, await client('kube-apiserver', other))).error, undefined);
      assert.deepEqual(replica.warnings, [
        'it shows no certificate',
        'its certificate is not of the CA of --client-ca',
      ]);
      writeFileSync(file, clients.ca + other.ca);
      await replica.round();
      assert.equal((await shown(replica, undefined, await client('kube-apiserver', other))).error, undefined);
    });

    test('must carry one of the names, when names are given; also after the serving certificate was replaced', async () => {
      const replica = await open({ 'client-ca': file, 'client-name': ['kube-apiserver', 'other'] });
      for (let round = 0; round < 2; round++) {
        assert.equal((await shown(replica, undefined, await client('kube-apiserver'))).error, undefined);
        assert.notEqual((await shown(replica, undefined, await client('mallory'))).error, undefined);
        assert.match(
          replica.warnings.at(-1) ?? '',
          /its certificate is for CN=mallory, not for kube-apiserver or other/,
        );
        edit(({ metadata }) => ({ metadata: { ...metadata, annotations: { 'holdfast.dev/renew': 'tls' } } }));
        await replica.round();
      }
    });
  });
});
