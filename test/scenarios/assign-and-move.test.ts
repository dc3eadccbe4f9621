import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ipOf } from '../gen/claim.ts';
import { pool } from '../gen/pool.ts';
import { annotations, ips, pinned, requested, service, sharing } from '../gen/service.ts';
import { Guarded } from '../unit/app/guarded.ts';
import { A, B, C, editService, expectWrite, guardIn, offer } from './world.ts';

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

test('S04 an IP pinned for a pending Service stays free for it, one that a user requests does not', async () => {
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
    { repair: `stored Assigned ${A}`, enforce: `stored Assigned ${A}` },
  );
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
  const was = service('web', ips(A), annotations({ 'metallb.io/address-pool': 'other' }));
  await expectWrite(
    { was, becomes: ips(FREE), pools: TWO_POOLS },
    { repair: `stored PoolRequestChanged ${FREE}`, enforce: `stored PoolRequestChanged ${FREE}` },
  );
});

test('S10 a pool that is full or does not exist costs nothing', async () => {
  for (const wanted of ['other', 'nowhere']) {
    const was = service('web', ips(A), annotations({ 'metallb.io/address-pool': wanted }));
    await expectWrite(
      { was, becomes: ips(), pools: TWO_POOLS },
      { repair: `repaired RequestUnmet ${A}`, enforce: `refused Move ${A}` },
    );
  }
});

test('S11 a pool that was renamed costs nothing', async () => {
  const was = service('web', ips(A), annotations({ 'metallb.io/address-pool': 'old-name' }));
  await expectWrite(
    { was, becomes: ips(), pools: [pool('new-name', ['192.0.2.0/24'])] },
    { repair: `repaired RequestUnmet ${A}`, enforce: `refused Move ${A}` },
  );
});

test('S12 two prefixes that disagree move an IP only to one that is requested', async () => {
  const both = annotations({ 'metallb.io/loadBalancerIPs': B, 'metallb.universe.tf/loadBalancerIPs': A });
  const was = service('web', ips(A), both);
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
