import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Readiness } from '../../src/app/readiness.ts';
import { claimHolder, claimOn } from '../gen/claim.ts';
import { pool } from '../gen/pool.ts';
import { createReview, statusReview } from '../gen/review.ts';
import { annotations, ips, newService, pinned, requested, service, version } from '../gen/service.ts';
import { Guarded } from '../unit/app/guarded.ts';
import { START } from '../unit/app/replica.ts';
import { A, adviceOn, B, C, changePool, editService, expectWrite, guardIn, offer, poolJson } from './world.ts';

const web = service('web');
const holding = service('web', ips(A));
const owner = service('owner', ips(A));
const MAIN = poolJson('main', ['192.0.2.0/24']);
const HUMAN = 'alice';
const glass = (text: string) => annotations({ 'holdfast.dev/allow-move': text });

test('S47 a dry run is answered like the real thing, and leaves no trace', async () => {
  const guard = guardIn('repair');
  guard.stored(owner, web);
  const review = statusReview(web, ips(A)(web), { dryRun: true });
  const { patch, response } = await guard.mutate(review);
  assert.deepEqual([response.auditAnnotations?.reason, patch?.length !== 0], ['Redirected', true]);
  const refused = await guard.validate(review);
  assert.equal(refused.response.auditAnnotations?.reason, 'Theft');
  const created = await guard.mutate(createReview(newService('new'), { dryRun: true }));
  assert.ok(created.patch === undefined || created.response.auditAnnotations?.reason === 'Pinned');
  assert.deepEqual([guard.shared.store.calls, guard.state.ledger.holdersOf(A as never).length], [[], 1]);
});

test('S48 two replicas pin two new Services at once to two IPs', async () => {
  const [one, kube] = [guardIn('repair'), service('kubernetes')];
  const two = new Guarded({}, one.shared);
  for (const guard of [one, two]) guard.stored(kube);
  const answers = await Promise.all([
    one.mutate(createReview(newService('left'))),
    two.mutate(createReview(newService('right'))),
  ]);
  assert.deepEqual(answers.map(({ response }) => response.auditAnnotations?.ips ?? '').toSorted(), [A, B]);
});

test('S49 a request for a taken IP is warned about or refused, by policy, at CREATE and at UPDATE', async () => {
  for (const [policy, verdict] of [
    ['warn', true],
    ['deny', false],
  ] as const) {
    const guard = new Guarded({ requestConflict: policy });
    guard.stored(owner);
    const { response } = await guard.validate(createReview(newService('new', requested(A))));
    assert.deepEqual([response.allowed, response.auditAnnotations?.reason], [verdict, 'RequestTaken']);
    assert.equal(response.warnings?.[0], verdict ? `holdfast: RequestTaken of ${A}, held by default/owner` : undefined);
    const edited = await editService(web, requested(A), [owner], policy);
    assert.equal(edited, verdict ? 'warned RequestTaken' : 'refused RequestTaken');
  }
});

test('S50 an edit of something else is not refused for a request that was there before', async () => {
  const asking = service('web', requested(A));
  assert.equal(await editService(asking, annotations({ team: 'a' }), [owner], 'deny'), 'stored RequestFine');
});

test('S51 all objects of MetalLB are deleted and made again, and no IP moves', async () => {
  assert.equal(await changePool(MAIN, null, [holding]), 'refused Strand');
  for (const mode of ['repair', 'enforce'] as const) {
    const guard = guardIn(mode);
    guard.stored(holding);
    guard.pools();
    const cleared = await offer(guard, { was: holding, becomes: ips() });
    assert.equal(cleared, mode === 'repair' ? `repaired Restored ${A}` : `refused Move ${A}`);
    guard.pools(pool('main', ['192.0.2.0/24']));
    const moved = await offer(guard, { was: holding, becomes: ips(B) });
    assert.equal(moved, mode === 'repair' ? `repaired Restored ${A}` : `refused Move ${A}`);
  }
});

test('S52 an IP that waits for a name gives way when nothing else is free', async () => {
  const pools = [pool('main', [`${A}-${B}`])];
  const before = (guard: Guarded) =>
    guard
      .claimed(claimOn(B, { holders: [claimHolder('gone', { goneSince: START })] }))
      .then(() => guard.state.ledger.remove('uid-gone'));
  await expectWrite(
    { was: web, becomes: ips(A), others: [owner], pools, before },
    { repair: `repaired Redirected ${B}`, enforce: 'refused Theft' },
  );
});

test('S53 a manifest that was copied with its pin gets an IP of its own', async () => {
  const guard = guardIn('repair');
  guard.stored(service('kubernetes'), service('web', ips(A), pinned(A)));
  const { response } = await guard.mutate(createReview(newService('copy', pinned(A))));
  assert.deepEqual([response.auditAnnotations?.reason, response.auditAnnotations?.ips], ['Pinned', B]);
  const frugal = new Guarded({ pin: 'repair' });
  frugal.stored(service('kubernetes'), service('web', ips(A), pinned(A)));
  const left = await frugal.mutate(createReview(newService('copy', pinned(A))));
  assert.equal(left.response.auditAnnotations?.reason, 'Unpinned');
});

test('S54 a pin that the user edits is his request from then on', async () => {
  const was = service('web', ips(A), pinned(A), annotations({ 'metallb.universe.tf/loadBalancerIPs': B }));
  await expectWrite(
    { was, becomes: ips(B) },
    { repair: `stored RequestChanged ${B}`, enforce: `stored RequestChanged ${B}` },
  );
});

test('S55 a break-glass opens for one IP, until a time, and says why when it does not', async () => {
  const closed: readonly (readonly [text: string, why: string])[] = [
    [`${A} until=2020-01-01T00:00Z reason=old`, 'it expired at 2020-01-01T00:00Z'],
    [`${A} until=2026-12-01T10:00 reason=x`, '"2026-12-01T10:00" is not a time with a zone; write for example '],
    [`${A} until=2026-12-01T10:00Z`, 'reason=<why> is missing'],
    [`${A} reason=x`, 'until=2026-12-01T10:00Z (an expiry) is missing'],
  ];
  for (const [text, why] of closed) {
    const [reason, warning] = await adviceOn(holding, glass(text));
    assert.equal(reason, 'GlassVoid');
    assert.ok(
      String(warning).startsWith(`holdfast: GlassVoid: holdfast.dev/allow-move: ${why}`.slice(0, 119)),
      String(warning),
    );
    const was = glass(text)(holding);
    const guard = guardIn('repair');
    guard.stored(was);
    const review = statusReview(was, ips(B)(was), { userInfo: { username: HUMAN } });
    const { response } = await guard.validate(review);
    assert.equal(response.auditAnnotations?.reason, 'Move');
    assert.ok(response.status?.message.includes(`The holdfast.dev/allow-move that it has is void: ${why}`), why);
  }
  await expectWrite(
    { was: glass(`${C} until=2026-12-01T10:00Z reason=x`)(holding), becomes: ips(B), user: HUMAN },
    { repair: `refused Move ${A}`, enforce: `refused Move ${A}` },
  );
  const opened = glass(`${A} until=2026-12-01T10:00Z reason=renumbering`)(holding);
  const guard = guardIn('repair');
  guard.stored(opened);
  const { response } = await guard.validate(statusReview(opened, ips(B)(opened), { userInfo: { username: HUMAN } }));
  assert.deepEqual(response.auditAnnotations, {
    reason: 'Allowed',
    mode: 'repair',
    released: `${A} Allowed`,
    'break-glass': 'allow-move until=2026-12-01T10:00Z reason=renumbering',
  });
});

test('S56 a break-glass on a pool that opens nothing is warned about when it is written', async () => {
  const changed = (text: string) => ({
    ...MAIN,
    metadata: { name: 'main', annotations: { 'holdfast.dev/allow-strand': text } },
  });
  assert.equal(await changePool(MAIN, changed('please'), [holding]), 'warned GlassVoid');
  assert.equal(await changePool(MAIN, changed('until=2020-01-01T00:00Z reason=x'), [holding]), 'warned GlassVoid');
  assert.equal(
    await changePool(MAIN, changed('until=2026-12-01T10:00Z reason=x'), [holding]),
    'stored NothingStranded',
  );
});

test('S57 nothing is decided before the whole cluster was seen', async () => {
  const guard = new Guarded({ readiness: new Readiness(['services']) });
  const { http, response } = await guard.validate(statusReview(holding, ips(B)(holding)));
  assert.deepEqual([http, response.allowed], [503, false]);
});

test('S58 a pin that stands in the way of MetalLB’s memory gives way, and nobody waits for ever', async () => {
  const pending = service('pending', pinned(A), version(100));
  const guard = guardIn('repair');
  guard.pools(pool('main', [`${A}/32`]));
  guard.stored(pending, web);
  await guard.keeper.hold(A as never, guard.keeper.claimant(guard.shared.live.get('pending') ?? assert.fail(), false));
  for (let attempt = 0; attempt < 3; attempt += 1) {
    assert.equal(await offer(guard, { was: web, becomes: ips(A) }), 'refused Theft');
    guard.shared.now += 6_000;
  }
  assert.deepEqual(guard.unpinned, ['uid-pending']);
});

test('S59 a request that nobody can meet is answered when it is made', async () => {
  const pools = [poolJson('main', ['192.0.2.0/24']), poolJson('six', ['2001:db8::/64'])];
  const told = async (...wishes: readonly ReturnType<typeof requested>[]) =>
    adviceOn(holding, (made) => wishes.reduce((wish, mod) => mod(wish), made), { pools });
  assert.deepEqual(await told(requested('203.0.113.9')), [
    'RequestUseless',
    'holdfast: RequestUseless: 203.0.113.9 will not be given: it is in no pool',
  ]);
  assert.deepEqual(await told(requested('2001:db8::9')), [
    'RequestUseless',
    'holdfast: RequestUseless: IPv6 is requested, and the Service has IPv4',
  ]);
  assert.deepEqual(await told(requested(`${B},${C}`)), [
    'RequestInvalid',
    'holdfast: RequestInvalid: MetalLB cannot read the request: two IPv4 addresses are requested',
  ]);
  assert.deepEqual(await told(requested(B)), ['RequestFine']);
});
