import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Claim } from '../../../src/core/claims/claim.ts';
import { ensureClaimCrd } from '../../../src/kube/claim-crd.ts';
import { claimStore } from '../../../src/kube/claim-store.ts';
import { isKubeError } from '../../../src/kube/errors.ts';
import { IP_CLAIMS } from '../../../src/kube/paths.ts';
import { claimToJson } from '../../../src/review/claim-json.ts';
import { claimHolder, claimOn, ipOf } from '../../gen/claim.ts';
import type { FaultAction, Verb } from '../../support/stub-apiserver/faults.ts';
import { clientOf, startStub } from './helpers.ts';

const IP = '192.0.2.1';
const MINE = claimOn(IP);
const THEIRS = claimOn(IP, { holders: [claimHolder('other')] });
const LOST: FaultAction = { kind: 'drop-after-commit' };

async function setUp(t: TestContext) {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  await ensureClaimCrd(client, { pollMs: 1 });
  const fault = (verb: Verb, action: FaultAction): void => stub.faults.add({ verb, path: IP_CLAIMS, action });
  const theirs = (claim = THEIRS): void => void stub.put(IP_CLAIMS, claimToJson(claim));
  return { stub, store: claimStore(client, { callMs: 100 }), fault, theirs };
}

/** The stored claim; anything else fails the test. */
function stored(outcome: Claim | string | undefined): Claim {
  if (typeof outcome !== 'object') assert.fail(`no claim: ${String(outcome)}`);
  assert.ok(outcome.version > 0 && outcome.uid !== '');
  return outcome;
}

test('a claim is created once, read, updated, and removed', async (t) => {
  const { store } = await setUp(t);
  assert.equal(await store.read(ipOf(IP)), undefined);
  const first = stored(await store.create(MINE));
  assert.equal(await store.create(THEIRS), 'exists');
  assert.deepEqual(await store.read(ipOf(IP)), first);
  const second = stored(await store.update({ ...first, sharingKey: 'key' }));
  assert.ok(second.version > first.version);
  assert.equal(await store.update(first), 'conflict');
  assert.equal(await store.remove(first), 'conflict');
  assert.equal(await store.remove(second), 'removed');
  assert.equal(await store.remove(second), 'gone');
  assert.equal(await store.update(second), 'gone');
});

test('a claim that was removed and made again is another one', async (t) => {
  const { store } = await setUp(t);
  const first = stored(await store.create(MINE));
  await store.remove(first);
  const second = stored(await store.create(first));
  assert.notEqual(second.uid, first.uid);
  assert.equal(await store.remove(first), 'conflict');
  assert.equal(await store.update(first), 'conflict');
});

test('a create whose answer got lost finds its own claim', async (t) => {
  const { store, fault } = await setUp(t);
  fault('create', LOST);
  assert.deepEqual(stored(await store.create(MINE)).holders, MINE.holders);
});

test("a create whose answer got lost does not take somebody else's claim for its own", async (t) => {
  const { store, fault, theirs } = await setUp(t);
  theirs();
  fault('create', { kind: 'drop' });
  assert.equal(await store.create(MINE), 'exists');
});

test('a create that was not stored is an error that says it may still arrive', async (t) => {
  const { store, fault } = await setUp(t);
  fault('create', { kind: 'drop' });
  await assert.rejects(store.create(MINE), (error) => isKubeError(error, 'unavailable') && error.maybeApplied);
});

test('a write without an answer in time is looked up', async (t) => {
  const { store, fault, theirs } = await setUp(t);
  fault('create', { kind: 'hang' });
  await assert.rejects(store.create(MINE), (error) => isKubeError(error, 'timeout'));
  theirs(MINE);
  fault('create', { kind: 'hang' });
  stored(await store.create(MINE));
});

test('a slow write may take all the time that its caller has, but for looking it up', async (t) => {
  const { store, fault } = await setUp(t);
  const slow = (): void => fault('create', { kind: 'delay', ms: 300 });
  slow();
  await assert.rejects(store.create(MINE), (error) => isKubeError(error, 'timeout'), 'after its own 100 ms');
  slow();
  stored(await store.create({ ...MINE, ip: ipOf('192.0.2.2') }, 4_000));
  fault('create', { kind: 'hang' });
  const startedAt = performance.now();
  await assert.rejects(store.create({ ...MINE, ip: ipOf('192.0.2.3') }, 2_000), (error) =>
    isKubeError(error, 'timeout'),
  );
  assert.ok(performance.now() - startedAt < 2_000, 'the other half is for looking it up');
});

test('when looking it up fails too, the error is that of the write', async (t) => {
  const { store, fault } = await setUp(t);
  fault('create', LOST);
  fault('get', { kind: 'answer', status: 503 });
  await assert.rejects(store.create(MINE), (error) => isKubeError(error) && error.request.method === 'POST');
});

test('an update whose answer got lost: stored, overtaken, not stored, or its claim is gone', async (t) => {
  const { store, fault, theirs, stub } = await setUp(t);
  const first = stored(await store.create(MINE));
  fault('update', LOST);
  const second = stored(await store.update({ ...first, sharingKey: 'key' }));
  assert.equal(second.sharingKey, 'key');
  fault('update', { kind: 'drop' });
  await assert.rejects(store.update({ ...second, sharingKey: '' }), (error) => isKubeError(error, 'unavailable'));
  theirs();
  fault('update', { kind: 'drop' });
  assert.equal(await store.update(second), 'conflict');
  stub.remove(`${IP_CLAIMS}/${IP}`);
  fault('update', { kind: 'drop' });
  assert.equal(await store.update(second), 'gone');
});

test('a removal whose answer got lost: done, overtaken, or not done', async (t) => {
  const { store, fault, theirs } = await setUp(t);
  const first = stored(await store.create(MINE));
  fault('delete', { kind: 'drop' });
  await assert.rejects(store.remove(first), (error) => isKubeError(error, 'unavailable'));
  theirs();
  fault('delete', { kind: 'drop' });
  assert.equal(await store.remove(first), 'conflict');
  fault('delete', LOST);
  assert.equal(await store.remove(stored(await store.read(ipOf(IP)))), 'removed');
});

test('a damaged claim is neither free nor held: reading it is an error that names it', async (t) => {
  const { store, stub } = await setUp(t);
  stub.put(IP_CLAIMS, { metadata: { name: IP }, spec: { ip: IP, holders: [] } });
  await assert.rejects(store.read(ipOf(IP)), /IPClaim cannot be read: 192\.0\.2\.1;/);
  assert.equal(await store.create(MINE), 'exists');
});

test('what may not be done names the missing rule', async (t) => {
  const { store, fault } = await setUp(t);
  fault('create', { kind: 'answer', status: 403, message: 'no' });
  await assert.rejects(
    store.create(MINE),
    /in a ClusterRole: \{apiGroups: \["holdfast.dev"\], resources: \["ipclaims"\], verbs: \["create"\]\}/,
  );
});

test('an API server that cannot be asked is an error, not an answer', async (t) => {
  const { store, stub } = await setUp(t);
  const claim = stored(await store.create(MINE));
  await stub.refuse();
  for (const call of [() => store.read(claim.ip), () => store.create(MINE), () => store.update(claim)]) {
    await assert.rejects(call, (error) => isKubeError(error, 'unavailable'));
  }
  await assert.rejects(store.remove(claim), (error) => isKubeError(error, 'unavailable'));
});
