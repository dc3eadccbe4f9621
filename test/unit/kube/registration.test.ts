import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKubeError } from '../../../src/kube/errors.ts';
import { NotOursError, register, unregister } from '../../../src/kube/registration.ts';
import type { RegistrationSpec } from '../../../src/kube/webhook-config.ts';
import { clientOf, startStub } from './helpers.ts';

const VALIDATING = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
const MUTATING = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations';
const OURS = { 'app.kubernetes.io/managed-by': 'holdfast' };

const SPEC: RegistrationSpec = {
  endpoint: { kind: 'url', url: 'https://127.0.0.1:8443' },
  caBundle: 'PEM',
  mode: 'enforce',
  metallbNamespace: 'metallb-system',
  pinAtCreate: true,
  metallbUsers: ['system:serviceaccount:metallb-system:controller'],
  lbClasses: [],
};

test('the first time it is created, and then nothing is written until something differs', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  const outcome = async (spec: RegistrationSpec): Promise<string | undefined> =>
    (await register(client, spec))[0]?.outcome;
  assert.equal(await outcome(SPEC), 'created');
  assert.equal(await outcome(SPEC), 'unchanged');
  assert.equal(stub.requests.writes.length, 1);
  assert.equal(await outcome({ ...SPEC, caBundle: 'PEM of a new CA' }), 'updated');
  assert.equal(await outcome({ ...SPEC, mode: 'audit' }), 'updated');
  assert.equal(stub.requests.writes.length, 3);
});

test('repair writes the mutating configuration first, so that nothing is refused that could be repaired', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  const repair = { ...SPEC, mode: 'repair' } as const;
  assert.deepEqual(await register(client, repair), [
    { kind: 'MutatingWebhookConfiguration', name: 'holdfast', outcome: 'created' },
    { kind: 'ValidatingWebhookConfiguration', name: 'holdfast', outcome: 'created' },
  ]);
  assert.deepEqual(
    stub.requests.writes.map(({ path }) => path),
    [MUTATING, VALIDATING],
  );
  assert.deepEqual(
    (await register(client, repair)).map(({ outcome }) => outcome),
    ['unchanged', 'unchanged'],
  );
  assert.equal(stub.requests.writes.length, 2);
});

test('a new list of users or classes, or another pin policy, reaches the configurations', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  const repair = { ...SPEC, mode: 'repair' } as const;
  await register(client, repair);
  for (const [more, validatingOutcome] of [
    [{ metallbUsers: ['me'] }, 'unchanged'],
    [{ metallbUsers: ['me'], lbClasses: ['a'] }, 'updated'],
    [{ metallbUsers: ['me'], lbClasses: ['a'], pinAtCreate: false }, 'unchanged'],
  ] as const) {
    const [mutating, validating] = await register(client, { ...repair, ...more });
    assert.deepEqual(
      [mutating?.outcome, validating?.outcome],
      ['updated', validatingOutcome],
      Object.keys(more).join(),
    );
  }
});

test('enforce after repair removes the mutating configuration, once', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  await register(client, { ...SPEC, mode: 'repair' });
  assert.deepEqual(await register(client, SPEC), [
    { kind: 'ValidatingWebhookConfiguration', name: 'holdfast', outcome: 'unchanged' },
    { kind: 'MutatingWebhookConfiguration', name: 'holdfast', outcome: 'removed' },
  ]);
  assert.equal(stub.read(`${MUTATING}/holdfast`), undefined);
  assert.deepEqual(
    (await register(client, SPEC)).map(({ kind }) => kind),
    ['ValidatingWebhookConfiguration'],
  );
});

test('enforce leaves a mutating configuration of our name alone that Helm manages', async (t) => {
  const stub = await startStub(t);
  stub.put(MUTATING, { metadata: { name: 'holdfast', labels: { 'app.kubernetes.io/managed-by': 'Helm' } } });
  await register(clientOf(t, stub), SPEC);
  assert.notEqual(stub.read(`${MUTATING}/holdfast`), undefined);
});

test('a selector or policy that somebody weakened by hand is put back', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  await register(client, SPEC);
  for (const weaker of [{ failurePolicy: 'Ignore' }, { objectSelector: { matchLabels: { a: 'b' } } }]) {
    const stored = stub.read(`${VALIDATING}/holdfast`) as { webhooks: object[] };
    stub.put(VALIDATING, { ...stored, webhooks: stored.webhooks.map((webhook) => ({ ...webhook, ...weaker })) });
    assert.equal((await register(client, SPEC))[0]?.outcome, 'updated');
  }
});

test("other people's labels and annotations stay", async (t) => {
  const stub = await startStub(t);
  stub.put(VALIDATING, {
    metadata: { name: 'holdfast', labels: { team: 'net' }, annotations: { a: 'b' } },
    webhooks: [],
  });
  await register(clientOf(t, stub), SPEC);
  const { labels, annotations } = stub.read(`${VALIDATING}/holdfast`)?.metadata ?? {};
  assert.deepEqual({ labels, a: annotations?.a }, { labels: { team: 'net', ...OURS }, a: 'b' });
});

test('a configuration that Helm manages is not touched', async (t) => {
  const stub = await startStub(t);
  const labels = { 'app.kubernetes.io/managed-by': 'Helm' };
  stub.put(VALIDATING, { metadata: { name: 'holdfast', labels }, webhooks: [] });
  const client = clientOf(t, stub);
  await assert.rejects(
    register(client, SPEC),
    (error) => error instanceof NotOursError && /"Helm"/.test(error.message),
  );
  assert.deepEqual(await unregister(client), []);
  assert.equal(stub.requests.writes.length, 0);
});

test('replicas that register at the same time all end well, with one create', async (t) => {
  const stub = await startStub(t);
  const clients = Array.from({ length: 4 }, () => clientOf(t, stub));
  const outcomes = (await Promise.all(clients.map((client) => register(client, SPEC)))).map(
    ([first]) => first?.outcome,
  );
  assert.equal(outcomes.filter((outcome) => outcome === 'created').length, 1);
  assert.equal(outcomes.filter((outcome) => outcome === 'unchanged').length, 3);
});

test('a create that another replica wins is read again', async (t) => {
  const stub = await startStub(t);
  const [client, other] = [clientOf(t, stub), clientOf(t, stub)];
  await register(other, SPEC);
  const theirs = stub.read(`${VALIDATING}/holdfast`) ?? {};
  stub.remove(`${VALIDATING}/holdfast`);
  stub.faults.add({
    verb: 'create',
    path: VALIDATING,
    action: { kind: 'run', run: () => void stub.put(VALIDATING, theirs) },
  });
  assert.equal((await register(client, SPEC))[0]?.outcome, 'unchanged');
});

test('an update that meets another write is decided again on what is stored then', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  await register(client, SPEC);
  const touch = (): void => {
    const stored = stub.read(`${VALIDATING}/holdfast`) ?? {};
    stub.put(VALIDATING, { ...stored, metadata: { ...stored.metadata, annotations: { touched: 'yes' } } });
  };
  stub.faults.add({ verb: 'update', action: { kind: 'run', run: touch } });
  assert.equal((await register(client, { ...SPEC, mode: 'audit' }))[0]?.outcome, 'updated');
  assert.equal(stub.requests.count('update'), 2);
  assert.equal(stub.read(`${VALIDATING}/holdfast`)?.metadata?.annotations?.touched, 'yes');
});

test('conflicts without end are an error, not a loop', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  await register(client, SPEC);
  stub.faults.add({ verb: 'update', times: 1_000, action: { kind: 'answer', status: 409 } });
  await assert.rejects(register(client, { ...SPEC, mode: 'audit' }), (error) => isKubeError(error, 'conflict'));
});

test('unregister removes what carries our label, says so, and leaves the rest', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  await register(client, SPEC);
  stub.put(MUTATING, { metadata: { name: 'holdfast', labels: OURS } });
  stub.put(VALIDATING, { metadata: { name: 'other' } });
  assert.deepEqual(await unregister(client), [
    { kind: 'MutatingWebhookConfiguration', name: 'holdfast' },
    { kind: 'ValidatingWebhookConfiguration', name: 'holdfast' },
  ]);
  assert.notEqual(stub.read(`${VALIDATING}/other`), undefined);
  assert.deepEqual(await unregister(client), []);
});

test('unregister does not delete what stopped being ours in the meantime', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  await register(client, SPEC);
  const take = (): void => {
    const stored = stub.read(`${VALIDATING}/holdfast`) ?? {};
    stub.put(VALIDATING, {
      ...stored,
      metadata: { ...stored.metadata, labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
    });
  };
  stub.faults.add({ verb: 'delete', action: { kind: 'run', run: take } });
  assert.deepEqual(await unregister(client), []);
  assert.notEqual(stub.read(`${VALIDATING}/holdfast`), undefined);
});
