import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { isKubeError } from '../../../src/kube/errors.ts';
import { makeNamespace, readOrCreateSecret, readSecret, replaceSecret } from '../../../src/kube/secret-store.ts';
import { clientOf, startStub } from './helpers.ts';

const REF = { namespace: 'default', name: 'holdfast-tls' };
const SECRETS = '/api/v1/namespaces/default/secrets';
const MINE = { 'tls.key': 'bWluZQ==' };
const THEIRS = { 'tls.key': 'dGhlaXJz' };

test('a Secret is made once and then read', async (t) => {
  const client = clientOf(t, await startStub(t));
  const make = mock.fn(async () => MINE);
  const first = await readOrCreateSecret(client, REF, make);
  const second = await readOrCreateSecret(client, REF, make);
  assert.deepEqual([first.data, first.created, second.data, second.created], [MINE, true, MINE, false]);
  assert.equal(make.mock.callCount(), 1);
});

test('of many replicas one wins, and all serve what it made', async (t) => {
  const stub = await startStub(t);
  const results = await Promise.all(
    Array.from({ length: 5 }, (_, replica) =>
      readOrCreateSecret(clientOf(t, stub), REF, async () => ({ by: `${replica}` })),
    ),
  );
  assert.equal(results.filter(({ created }) => created).length, 1);
  assert.equal(new Set(results.map(({ data }) => data.by)).size, 1);
});

test("a lost race gives the winner's Secret", async (t) => {
  const stub = await startStub(t);
  const winner = (): void => void stub.put('/api/v1/secrets', { metadata: REF, data: THEIRS });
  stub.faults.add({ verb: 'create', action: { kind: 'run', run: winner } });
  const { data, created } = await readOrCreateSecret(clientOf(t, stub), REF, async () => MINE);
  assert.deepEqual([data, created], [THEIRS, false]);
});

test('a create whose answer got lost is found again', async (t) => {
  const stub = await startStub(t);
  stub.faults.add({ verb: 'create', action: { kind: 'drop-after-commit' } });
  const { data } = await readOrCreateSecret(clientOf(t, stub), REF, async () => MINE);
  assert.deepEqual(data, MINE);
});

test('a create that got lost before it was stored is an error', async (t) => {
  const stub = await startStub(t);
  stub.faults.add({ verb: 'create', action: { kind: 'drop' } });
  await assert.rejects(
    readOrCreateSecret(clientOf(t, stub), REF, async () => MINE),
    (error) => isKubeError(error, 'unavailable'),
  );
});

test('a Secret is replaced only by who read it last', async (t) => {
  const client = clientOf(t, await startStub(t));
  const first = await readOrCreateSecret(client, REF, async () => MINE);
  const second = await replaceSecret(client, REF, { ...first, data: THEIRS });
  assert.deepEqual((await readSecret(client, REF))?.data, THEIRS);
  await assert.rejects(replaceSecret(client, REF, first), (error) => isKubeError(error, 'conflict'));
  assert.notEqual(second.resourceVersion, first.resourceVersion);
});

for (const [verb, wanted] of [
  ['get', 'get'],
  ['create', 'create'],
] as const) {
  test(`a Secret that may not be touched (${verb}) names the missing rule`, async (t) => {
    const stub = await startStub(t);
    stub.faults.add({ verb, path: SECRETS, action: { kind: 'answer', status: 403, message: 'no' } });
    await assert.rejects(
      readOrCreateSecret(clientOf(t, stub), REF, async () => MINE),
      (error) =>
        isKubeError(error, 'forbidden') &&
        error.message.includes(
          `in a Role in namespace default: {apiGroups: [""], resources: ["secrets"], verbs: ["${wanted}"]}`,
        ),
    );
  });
}

test('a namespace is made when it is missing, by whichever replica comes first', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  assert.equal(await makeNamespace(client, 'holdfast-system'), 'created');
  assert.equal(await makeNamespace(client, 'holdfast-system'), 'exists');
  const winner = (): void => void stub.put('/api/v1/namespaces', { metadata: { name: 'raced' } });
  stub.faults.add({ verb: 'create', action: { kind: 'run', run: winner } });
  assert.equal(await makeNamespace(client, 'raced'), 'exists');
});

test('a namespace that may not be made names the rule', async (t) => {
  const stub = await startStub(t);
  stub.faults.add({ verb: 'create', action: { kind: 'answer', status: 403 } });
  await assert.rejects(
    makeNamespace(clientOf(t, stub), 'holdfast-system'),
    (error) => isKubeError(error, 'forbidden') && /in a ClusterRole: .*"namespaces".*"create"/.test(error.message),
  );
});
