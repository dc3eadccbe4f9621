import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipOf } from '../gen/claim.ts';
import { pool } from '../gen/pool.ts';
import { annotations, dualStack, ips, pinned, requested, service, sharing, spec } from '../gen/service.ts';
import { Guarded } from '../unit/app/guarded.ts';
import { A, adviceOn, B, C, editService, expectWrite, guardIn, offer, poolJson } from './world.ts';

const web = service('web');
const holding = service('web', ips(A));
const owner = service('owner', ips(A));
const TWO_POOLS = [pool('main', ['192.0.2.0/24']), pool('other', ['198.51.100.0/24'])];
const FREE = '198.51.100.1';

test('S01 a free IP is assigned', async () => {
  await expectWrite({ was: web, becomes: ips(A) }, { repair: `stored Assigned ${A}`, enforce: `stored Assigned ${A}` });
});

test('S02 an IP of another Service is not given away', async () => {
  await expectWrite(
    { was: web, becomes: ips(A), others: [owner] },
    { repair: `repaired Redirected ${B}`, enforce: 'refused Theft' },
  );
});

test('S03 an IP is shared where MetalLB allows sharing', async () => {
  const write = {
    was: service('web', sharing('k', 443)),
    becomes: ips(A),
    others: [service('owner', ips(A), sharing('k', 80))],
  };
  await expectWrite(write, { repair: `stored Assigned ${A}`, enforce: `stored Assigned ${A}` });
});

test('S04 an IP that a pending Service is pinned to or requests stays free for it', async () => {
  const pending = service('pending', pinned(A));
  const before = async (guard: Guarded) => {
    const made = guard.shared.live.get('pending') ?? assert.fail();
    await guard.keeper.hold(ipOf(A), guard.keeper.claimant(made, false));
  };
  await expectWrite(
    { was: web, becomes: ips(A), others: [pending], before },
    { repair: `repaired Redirected ${B}`, enforce: 'refused Theft' },
  );
  await expectWrite(
    { was: web, becomes: ips(A), others: [service('pending', requested(A))] },
    { repair: `repaired Redirected ${B}`, enforce: `stored Assigned ${A}` },
  );
});

test('S04 is told as what it is, and the Service that waits is woken up', async () => {
  const guard = guardIn('repair');
  guard.stored(service('pending', requested(A)), web);
  await offer(guard, { was: web, becomes: ips(A) });
  assert.deepEqual(
    guard.records.map(({ decision }) => decision.kind === 'repair' && decision.message),
    [`${A} is requested by Service default/pending; Service default/web gets ${B} instead.`, false],
  );
  assert.deepEqual(guard.nudged, ['uid-pending']);
});

for (const [name, waiting] of [
  ['could not be met: wrong pool', [requested(A), annotations({ 'metallb.io/address-pool': 'other' })]],
  ['could not be met: wrong family', [requested(A), dualStack()]],
  ['may be shared', [requested(A), sharing('k', 443)]],
  ['is of a Service of another class', [requested(A), spec({ loadBalancerClass: 'x/y' })]],
] as const) {
  test(`S04 a request that ${name} keeps nobody from an IP`, async () => {
    const was = service('web', sharing('k', 80));
    await expectWrite(
      { was, becomes: ips(A), others: [service('pending', ...waiting)] },
      { repair: `stored Assigned ${A}`, enforce: `stored Assigned ${A}` },
    );
  });
}

test('S04 where nothing else is free, or both request it, MetalLB chooses', async () => {
  const pending = service('pending', requested(A));
  const stored = { repair: `stored Assigned ${A}`, enforce: `stored Assigned ${A}` };
  await expectWrite({ was: web, becomes: ips(A), others: [pending], pools: [pool('main', [`${A}/32`])] }, stored);
  await expectWrite({ was: service('web', requested(A)), becomes: ips(A), others: [pending] }, stored);
});

test('S05 of two writes in flight through two replicas, one gets the IP', async () => {
  for (const mode of ['repair', 'enforce'] as const) {
    const one = guardIn(mode);
    const two = new Guarded({ mode }, one.shared);
    const [left, right] = [service('left'), service('right')];
    for (const guard of [one, two]) guard.stored(left, right);
    const outcomes = await Promise.all([
      offer(one, { was: left, becomes: ips(A) }),
      offer(two, { was: right, becomes: ips(A) }),
    ]);
    assert.equal(outcomes.filter((outcome) => outcome.endsWith(` ${A}`)).length, 1, outcomes.join('; '));
    const loser = outcomes.find((outcome) => !outcome.endsWith(` ${A}`)) ?? '';
    assert.match(loser, mode === 'repair' ? /^repaired Redirected 192\.0\.2\.1$/ : /^refused (Theft|Unclaimed)$/);
  }
});

test('S06 a move that nothing asks for is undone', async () => {
  await expectWrite(
    { was: holding, becomes: ips(B) },
    { repair: `repaired Restored ${A}`, enforce: `refused Move ${A}` },
  );
});

test('S07 a move to the IP that the user requests is let through', async () => {
  await expectWrite(
    { was: service('web', ips(A), requested(B)), becomes: ips(B) },
    { repair: `stored RequestChanged ${B}`, enforce: `stored RequestChanged ${B}` },
  );
});

test('S08 a request that cannot be met costs nothing, and is answered at once', async () => {
  const taken = service('other', ips(B));
  assert.equal(await editService(holding, requested(B), [taken]), 'warned RequestTaken');
  assert.equal(await editService(holding, requested(B), [taken], 'deny'), 'refused RequestTaken');
  for (const wish of [B, '203.0.113.9', '2001:db8::9']) {
    await expectWrite(
      { was: service('web', ips(A), requested(wish)), becomes: ips(), others: [taken] },
      { repair: `repaired RequestUnmet ${A}`, enforce: `refused Move ${A}` },
    );
  }
});

test('S09 a move into the pool that the user asks for is let through', async () => {
  const pools = [poolJson('main', ['192.0.2.0/24']), poolJson('other', ['198.51.100.0/24'])];
  assert.deepEqual(await adviceOn(holding, annotations({ 'metallb.io/address-pool': 'other' }), { pools }), [
    'PoolMove',
    `holdfast: PoolMove: ${A} will change: it is not in pool "other"`,
  ]);
  const was = service('web', ips(A), annotations({ 'metallb.io/address-pool': 'other' }));
  await expectWrite(
    { was, becomes: ips(FREE), pools: TWO_POOLS },
    { repair: `stored PoolRequestChanged ${FREE}`, enforce: `stored PoolRequestChanged ${FREE}` },
  );
});

test('S10 a pool that is full or does not exist costs nothing', async () => {
  const full = [poolJson('main', ['192.0.2.0/24']), poolJson('other', [`${FREE}/32`])];
  const told = async (name: string) =>
    adviceOn(holding, annotations({ 'metallb.io/address-pool': name }), {
      others: [service('owner', ips(FREE))],
      pools: full,
    });
  assert.deepEqual(await told('nowhere'), [
    'PoolUnknown',
    `holdfast: PoolUnknown: there is no pool "nowhere"; ${A} stays`,
  ]);
  assert.deepEqual(await told('other'), [
    'PoolFull',
    `holdfast: PoolFull: pool "other" has no free IP for this Service; ${A} stays`,
  ]);
  assert.deepEqual(await told('main'), ['RequestFine']);
  for (const wanted of ['other', 'nowhere']) {
    const was = service('web', ips(A), annotations({ 'metallb.io/address-pool': wanted }));
    await expectWrite(
      { was, becomes: ips(), pools: TWO_POOLS },
      { repair: `repaired RequestUnmet ${A}`, enforce: `refused Move ${A}` },
    );
  }
});

test('S11 a pool that was renamed costs nothing', async () => {
  const [told] = await adviceOn(holding, annotations({ 'metallb.io/address-pool': 'old-name' }), {
    pools: [poolJson('new-name', ['192.0.2.0/24'])],
  });
  assert.equal(told, 'PoolUnknown');
  const was = service('web', ips(A), annotations({ 'metallb.io/address-pool': 'old-name' }));
  await expectWrite(
    { was, becomes: ips(), pools: [pool('new-name', ['192.0.2.0/24'])] },
    { repair: `repaired RequestUnmet ${A}`, enforce: `refused Move ${A}` },
  );
});

test('S12 two prefixes that disagree move an IP only to one that is requested', async () => {
  const both = annotations({ 'metallb.io/loadBalancerIPs': B, 'metallb.universe.tf/loadBalancerIPs': A });
  const was = service('web', ips(A), both);
  assert.deepEqual(await adviceOn(holding, both), [
    'PrefixesDisagree',
    'holdfast: PrefixesDisagree: loadBalancerIPs differs under metallb.io (counts from 0.14.9 on) and metallb.universe.tf',
  ]);
  await expectWrite({ was, becomes: ips(C) }, { repair: `repaired RequestUnmet ${A}`, enforce: `refused Move ${A}` });
  await expectWrite(
    { was, becomes: ips(B) },
    { repair: `stored RequestChanged ${B}`, enforce: `stored RequestChanged ${B}` },
  );
  const emptied = annotations({ 'metallb.io/loadBalancerIPs': '', 'metallb.universe.tf/loadBalancerIPs': B });
  await expectWrite(
    { was: service('web', ips(A), emptied), becomes: ips(B) },
    { repair: `repaired Restored ${A}`, enforce: `refused Move ${A}` },
  );
});
