import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { makeBundle } from '../../../src/certs/self-signed.ts';
import type { KubeClient } from '../../../src/kube/kube-client.ts';
import { MUTATING_WEBHOOKS, VALIDATING_WEBHOOKS } from '../../../src/kube/paths.ts';
import { keepRegistered, register } from '../../../src/kube/registration.ts';
import type { Registering } from '../../../src/kube/registration-merge.ts';
import type { RegistrationSpec } from '../../../src/kube/webhook-config.ts';
import type { StubApiServer } from '../../support/stub-apiserver/server.ts';
import { clientOf, startStub } from './helpers.ts';

const VALIDATING = `${VALIDATING_WEBHOOKS}/holdfast`;
const MUTATING = `${MUTATING_WEBHOOKS}/holdfast`;
const OVERLAP = 1_000;

let oldCa = '';
let newCa = '';
let spec: RegistrationSpec;
before(async () => {
  const make = async () => (await makeBundle({ dnsNames: ['a.test'], ips: [], now: Date.now() })).ca;
  [oldCa, newCa] = await Promise.all([make(), make()]);
  spec = {
    endpoint: { kind: 'url', url: 'https://127.0.0.1:8443' },
    caBundle: oldCa,
    mode: 'repair',
    metallbNamespace: 'metallb-system',
    pinAtCreate: true,
    metallbUsers: ['system:serviceaccount:metallb-system:controller'],
    lbClasses: [],
  };
});

/** Replicas with their own names and one clock that the test turns. */
class Replicas {
  now = 1_000_000;
  readonly who = (id: string, startedAt: number): Registering => ({
    id,
    startedAt,
    overlapMs: OVERLAP,
    now: () => this.now,
  });
}

interface Configuration {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
  readonly webhooks: { readonly name: string; readonly clientConfig: { readonly caBundle?: string } }[];
}

const read = (stub: StubApiServer, path = VALIDATING) => stub.read(path) as unknown as Configuration | undefined;

/** The CA of every webhook of a configuration; all have the same. */
function caIn(stub: StubApiServer, path = VALIDATING): string {
  const all = new Set(read(stub, path)?.webhooks.map(({ clientConfig }) => clientConfig.caBundle));
  assert.equal(all.size, 1);
  const [ca = ''] = all;
  return Buffer.from(ca ?? '', 'base64').toString();
}

/** Changes the webhooks by hand. */
function edit(
  stub: StubApiServer,
  change: (webhook: Configuration['webhooks'][number], index: number) => object,
): void {
  const stored = read(stub) ?? assert.fail();
  stub.put(VALIDATING_WEBHOOKS, { ...stored, metadata: stored.metadata, webhooks: stored.webhooks.map(change) });
}

const cases: Readonly<Record<string, (stub: StubApiServer) => void>> = {
  'removed from one webhook': (stub) =>
    edit(stub, (webhook, index) => {
      const { caBundle: _gone, ...clientConfig } = webhook.clientConfig;
      return index === 0 ? { ...webhook, clientConfig } : webhook;
    }),
  'damaged in all': (stub) =>
    edit(stub, (webhook) => ({ ...webhook, clientConfig: { ...webhook.clientConfig, caBundle: 'bm9uc2Vuc2U=' } })),
};

for (const [what, damage] of Object.entries(cases)) {
  test(`a caBundle that is ${what} is put back, and then nothing is written any more`, async (t) => {
    const stub = await startStub(t);
    const client = clientOf(t, stub);
    const who = new Replicas().who('a', 1);
    await register(client, spec, who);
    damage(stub);
    const kept = await keepRegistered(client, spec, who);
    assert.deepEqual(
      kept.written.map(({ kind }) => kind),
      ['ValidatingWebhookConfiguration'],
    );
    assert.deepEqual([caIn(stub), kept.caBundle], [oldCa, oldCa]);
    assert.deepEqual((await keepRegistered(client, spec, who)).written, []);
  });
}

test('a configuration that was deleted stays away, and that is told', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  const who = new Replicas().who('a', 1);
  await register(client, spec, who);
  stub.remove(VALIDATING);
  const { missing, written } = await keepRegistered(client, spec, who);
  assert.deepEqual([missing, written], [['ValidatingWebhookConfiguration'], []]);
  stub.remove(MUTATING);
  assert.equal((await keepRegistered(client, spec, who)).caBundle, undefined);
  assert.equal(read(stub), undefined);
});

test('old and new CA overlap: a replica that has not heard of the new one does not take it away', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  const replicas = new Replicas();
  const [early, late] = [replicas.who('a', 1), replicas.who('b', 2)];
  await register(client, spec, early);
  await keepRegistered(client, { ...spec, caBundle: newCa + oldCa }, early);
  assert.equal(caIn(stub), oldCa + newCa);
  const behind = await keepRegistered(client, spec, late);
  assert.equal(behind.caBundle, oldCa + newCa);
  replicas.now += OVERLAP / 2 + 1;
  await keepRegistered(client, { ...spec, caBundle: newCa + oldCa }, early);
  replicas.now += OVERLAP / 2 + 1;
  await keepRegistered(client, spec, late);
  assert.equal(caIn(stub), oldCa + newCa, 'somebody has spoken for it');
  assert.equal(caIn(stub, MUTATING), oldCa + newCa);
});

test('a CA that nobody speaks for goes after the overlap, not before', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  const replicas = new Replicas();
  const who = replicas.who('a', 1);
  await register(client, spec, who);
  const next = { ...spec, caBundle: newCa };
  await keepRegistered(client, next, who);
  replicas.now += OVERLAP;
  await keepRegistered(client, next, who);
  assert.equal(caIn(stub), oldCa + newCa);
  replicas.now += 1;
  await keepRegistered(client, next, who);
  assert.equal(caIn(stub), newCa);
  assert.equal(read(stub)?.metadata.annotations?.['holdfast.dev/retired-cas'], undefined);
});

test('replicas that agree write nothing, however often they look', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  const replicas = new Replicas();
  await register(client, spec, replicas.who('a', 1));
  const writes = stub.requests.writes.length;
  for (let round = 0; round < 3; round++) {
    for (const id of ['a', 'b', 'c']) await keepRegistered(client, spec, replicas.who(id, 5));
  }
  assert.equal(stub.requests.writes.length, writes);
});

/** What both replicas of an update do in one round. */
async function bothKeep(client: KubeClient, older: readonly [RegistrationSpec, Registering], newer: typeof older) {
  return [await keepRegistered(client, ...older), await keepRegistered(client, ...newer)] as const;
}

test('during an update the replica that started last is right; the older one only looks after the CAs', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  const replicas = new Replicas();
  const older = [spec, replicas.who('old', 100)] as const;
  const newer = [{ ...spec, lbClasses: ['x.test/y'] }, replicas.who('new', 200)] as const;
  await register(client, ...older);
  await register(client, ...newer);
  for (let round = 0; round < 2; round++) {
    const [yields, holds] = await bothKeep(client, older, newer);
    assert.deepEqual([yields.superseded, yields.written, holds.superseded, holds.written], [true, [], false, []]);
  }
  assert.match(JSON.stringify(read(stub)), /x\.test\/y/);
  edit(stub, (webhook) => ({ ...webhook, failurePolicy: 'Ignore' }));
  await bothKeep(client, older, newer);
  await bothKeep(client, older, newer);
  assert.match(JSON.stringify(read(stub)), /x\.test\/y/, 'damage by hand ends with the newer one’s webhooks as well');
  assert.doesNotMatch(JSON.stringify(read(stub)?.webhooks[0]), /Ignore/);
});

test('a replica that starts wins although its clock is behind', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  const replicas = new Replicas();
  const older = [spec, replicas.who('old', 900_000)] as const;
  const newer = [{ ...spec, lbClasses: ['x.test/y'] }, replicas.who('new', 100)] as const;
  await register(client, ...older);
  await register(client, ...newer);
  await bothKeep(client, older, newer);
  assert.match(JSON.stringify(read(stub)), /x\.test\/y/);
});

test('without a CA of ours the caBundle is left to whoever keeps it, and cert-manager is told whose', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  const who = new Replicas().who('a', 1);
  const injected = { ...spec, caBundle: undefined, injectCaFrom: 'holdfast-system/serving' };
  await register(client, injected, who);
  const { metadata, webhooks = [] } = read(stub) ?? {};
  assert.equal(metadata?.annotations?.['cert-manager.io/inject-ca-from'], 'holdfast-system/serving');
  assert.equal(webhooks[0]?.clientConfig.caBundle, undefined);
  edit(stub, (webhook) => ({ ...webhook, clientConfig: { ...webhook.clientConfig, caBundle: 'aW5qZWN0ZWQ=' } }));
  const kept = await keepRegistered(client, injected, who);
  assert.deepEqual([kept.written, kept.caBundle], [[], undefined]);
  await register(client, { ...injected, lbClasses: ['x.test/y'] }, who);
  assert.equal(caIn(stub), 'injected');
});
