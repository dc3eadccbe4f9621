import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimHolder, claimOn } from '../gen/claim.ts';
import { pool } from '../gen/pool.ts';
import { createReview } from '../gen/review.ts';
import { dualStack, ips, newService, pinned, requested, service, spec, version } from '../gen/service.ts';
import { Guarded } from '../unit/app/guarded.ts';
import { START } from '../unit/app/replica.ts';
import { A, A6, B, editService, expectWrite, guardIn, pinAfter } from './world.ts';

const DUAL_POOLS = [
  pool('main', ['192.0.2.0/24', '2001:db8::/64']),
  pool('other', ['198.51.100.0/24', '2001:db8:1::/64']),
];
const OTHER6 = '2001:db8:1::';
const _holding = service('web', ips(A));
const dual = service('web', dualStack(), ips(A, A6));
const toDual = dualStack();
const GONE = claimOn(A, { holders: [claimHolder('gone', { goneSince: START })] });
const waiting = (guard: Guarded) => guard.claimed(GONE).then(() => guard.state.ledger.remove('uid-gone'));

test('S22 a Service that is no LoadBalancer any more gives its IP up', async () => {
  const was = service('web', ips(A));
  assert.equal(await editService(was, spec({ type: 'ClusterIP' })), 'stored NotGuarded');
  await expectWrite(
    { was: service('web', spec({ type: 'ClusterIP' })), becomes: ips() },
    { repair: 'stored Unchanged', enforce: 'stored Unchanged' },
  );
});

test('S23 a Service that becomes a LoadBalancer again gets its IP back, if that is free', async () => {
  const plain = service('web', spec({ type: 'ClusterIP' }), version(101));
  const back = spec({ type: 'LoadBalancer' });
  const guard = guardIn('repair');
  await guard.claimed(claimOn(B));
  guard.stored(service('web', ips(B))).stored(plain);
  await guard.upkeep.pass();
  assert.deepEqual(await guard.holders(B), ['web†'], 'the claim waits for the name');
  assert.equal(await pinAfter(guard, plain, back), `Pinned ${B}`);
  assert.deepEqual(await guard.holders(B), ['web']);
});

test('S23 a pin that is left over and given away meanwhile is replaced, and a Service without one is pinned', async () => {
  const back = spec({ type: 'LoadBalancer' });
  for (const left of [[], [pinned(A)]]) {
    const plain = service('web', spec({ type: 'ClusterIP' }), ...left);
    const guard = guardIn('repair');
    guard.stored(service('owner', ips(A)), plain);
    assert.equal(await pinAfter(guard, plain, back), `Pinned ${B}`);
    assert.deepEqual(await guard.holders(B), ['web']);
  }
  const plain = service('web', spec({ type: 'ClusterIP' }), pinned(A));
  const never = new Guarded({ pin: 'never' });
  never.stored(service('owner', ips(A)), plain);
  assert.equal(await pinAfter(never, plain, back), 'Unpinned -');
  const enforcing = guardIn('enforce');
  enforcing.stored(plain);
  assert.equal(await pinAfter(enforcing, plain, back), `untouched ${A}`);
});

test('S23 in the status its pin counts as long as the IP is free', async () => {
  await expectWrite(
    { was: service('web', pinned(A)), becomes: ips(A) },
    { repair: `stored Assigned ${A}`, enforce: `stored Assigned ${A}` },
  );
  await expectWrite(
    { was: service('web', pinned(A)), becomes: ips(A), others: [service('owner', ips(A))] },
    { repair: `repaired Redirected ${B}`, enforce: 'refused Theft' },
  );
});

test('S24 the IP of a deleted Service waits for its name', async () => {
  await expectWrite(
    { was: service('web'), becomes: ips(A), before: waiting },
    { repair: `repaired Redirected ${B}`, enforce: `stored Assigned ${A}` },
  );
});

test('S25 a Service that is deleted and created again gets its IP back', async () => {
  const guard = guardIn('repair');
  guard.stored(service('kubernetes', spec({ type: 'ClusterIP' })));
  await guard.claimed(claimOn(B, { holders: [claimHolder('web', { goneSince: START })] }));
  guard.state.ledger.remove('uid-web');
  const { response } = await guard.mutate(createReview(newService('web')));
  assert.deepEqual([response.auditAnnotations?.reason, response.auditAnnotations?.ips], ['Pinned', B]);
  const enforcing = guardIn('enforce');
  await enforcing.claimed(claimOn(B, { holders: [claimHolder('web', { goneSince: START })] }));
  const left = await enforcing.mutate(createReview(newService('web')));
  assert.equal(left.patch, undefined);
});

test('S26 a second family is added', async () => {
  await expectWrite(
    { was: service('web', toDual, ips(A)), becomes: ips(A, A6) },
    { repair: `stored Assigned ${A},${A6}`, enforce: `stored Assigned ${A},${A6}` },
  );
  await expectWrite(
    { was: service('web', toDual, ips(A), pinned(A)), becomes: ips(A, A6) },
    { repair: `repaired Unpinned ${A},${A6}`, enforce: `stored Assigned ${A},${A6}` },
  );
});

test('S27 a second family comes without a move of the first, and from the same pool', async () => {
  await expectWrite(
    { was: service('web', toDual, ips(A)), becomes: ips(B, A6) },
    { repair: `repaired Restored ${A},${A6}`, enforce: `refused Move ${A}` },
  );
  await expectWrite(
    { was: service('web', toDual, ips(A)), becomes: ips('198.51.100.0', OTHER6), pools: DUAL_POOLS },
    { repair: `repaired Redirected ${A},${A6}`, enforce: `refused Move ${A}` },
  );
  const four = [pool('main', ['192.0.2.0/24']), pool('other', ['198.51.100.0/24', '2001:db8:1::/64'])];
  await expectWrite(
    { was: service('web', toDual, ips(A)), becomes: ips('198.51.100.0', OTHER6), pools: four },
    { repair: `repaired RequestUnmet ${A}`, enforce: `refused Move ${A}` },
  );
});

test('S28 a family is dropped without a move of the other', async () => {
  const was = service('web', ips(A, A6));
  await expectWrite(
    { was, becomes: ips(A) },
    { repair: `stored FamilyDropped ${A}`, enforce: `stored FamilyDropped ${A}` },
  );
  await expectWrite({ was, becomes: ips(B) }, { repair: `repaired Restored ${A}`, enforce: `refused Move ${A},${A6}` });
});

test('S29 a pin or request of one family never costs a dual-stack Service all its IPs', async () => {
  for (const [one, reason] of [
    [pinned(A), 'Restored'],
    [requested(A), 'RequestUnmet'],
  ] as const) {
    await expectWrite(
      { was: service('web', toDual, ips(A, A6), one), becomes: ips() },
      { repair: `repaired ${reason} ${A},${A6}`, enforce: `refused Move ${A},${A6}` },
    );
  }
});

test('S30 an upgrade to 0.15 drops the second family of a single-stack Service, and moves nothing', async () => {
  const was = service('web', ips(A, A6), spec({ ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4'] }));
  await expectWrite({ was, becomes: ips(B) }, { repair: `repaired Restored ${A}`, enforce: `refused Move ${A},${A6}` });
});

test('S31 a pool that loses a family costs only the IP of that family', async () => {
  const pools = [pool('main', ['192.0.2.0/24']), pool('other', ['198.51.100.0/24', '2001:db8:1::/64'])];
  await expectWrite(
    { was: dual, becomes: ips('198.51.100.0', OTHER6), pools },
    { repair: `repaired RequestUnmet ${A}`, enforce: `refused Move ${A},${A6}` },
  );
});
