import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimHolder, claimOn } from '../gen/claim.ts';
import { pool } from '../gen/pool.ts';
import { statusReview } from '../gen/review.ts';
import { annotations, dualStack, ingress, ips, pinned, service, sharing, spec, version } from '../gen/service.ts';
import { A, A6, adviceOn, B, C, expectWrite, guardIn, offer } from './world.ts';

const web = service('web');
const holding = service('web', ips(A));
const owner = service('owner', ips(A));
const sharer = service('owner', ips(A), sharing('k', 80));
const shared = service('web', ips(A), sharing('k', 443));
const HUMAN = 'alice';
const ALLOW = annotations({ 'holdfast.dev/allow-move': `${A} until=2026-12-01T10:00Z reason=renumbering` });

test('S32 an edit that breaks the sharing is warned about, and lets the IP go', async () => {
  const edited = service('web', ips(A), sharing('k', 80), version(101));
  const others = [sharer, shared];
  const ends = `holdfast: SharingEnds: ${A} is shared with default/owner, and now`;
  for (const [edit, why] of [
    [sharing('k', 80), 'both use TCP/80'],
    [sharing('other', 443), 'their sharing keys differ'],
    [spec({ externalTrafficPolicy: 'Local' }), 'their externalTrafficPolicy or selectors differ'],
  ] as const) {
    assert.deepEqual(await adviceOn(shared, edit, { others: [sharer] }), ['SharingEnds', `${ends} ${why}`]);
  }
  assert.deepEqual(await adviceOn(shared, sharing('k', 8443), { others: [sharer] }), ['RequestFine']);
  await expectWrite(
    { was: edited, becomes: ips(B), others },
    { repair: `stored SharingBroken ${B}`, enforce: `stored SharingBroken ${B}` },
  );
  await expectWrite(
    { was: service('web', ips(A), sharing('k', 80), version(101), pinned(A)), becomes: ips(), others },
    { repair: 'repaired Unpinned', enforce: 'stored SharingBroken' },
  );
});

test('S33 of two sharers edited one after the other, none moves once both are done', async () => {
  const edited = service('web', ips(A), sharing('new', 443), version(101));
  assert.deepEqual(await adviceOn(shared, sharing('new', 443), { others: [sharer] }), [
    'SharingEnds',
    `holdfast: SharingEnds: ${A} is shared with default/owner, and now their sharing keys differ`,
  ]);
  await expectWrite(
    { was: edited, becomes: ips(B), others: [sharer, shared] },
    { repair: `stored SharingBroken ${B}`, enforce: `stored SharingBroken ${B}` },
  );
  const partner = service('owner', ips(A), sharing('new', 80), version(102));
  await expectWrite(
    { was: edited, becomes: ips(B), others: [sharer, shared, partner] },
    { repair: `repaired Restored ${A}`, enforce: `refused Move ${A}` },
  );
});

test('S34 of two Services with the same IP only the later one moves', async () => {
  await expectWrite(
    { was: holding, becomes: ips(B), others: [owner] },
    { repair: `stored DuplicateResolved ${B}`, enforce: `stored DuplicateResolved ${B}` },
  );
  await expectWrite(
    { was: owner, becomes: ips(B), others: [owner, holding] },
    { repair: `repaired Restored ${A}`, enforce: `refused Move ${A}` },
  );
});

test('S35 order, spelling, ipMode, ports and hostname change nothing', async () => {
  const was = service('web', dualStack(), ips(A, A6));
  const becomes = ingress({ ip: '2001:DB8:0:0:0:0:0:0', hostname: 'web.example' }, { ip: A, ipMode: 'Proxy' });
  const unchanged = `stored Unchanged ${A},${A6}`;
  await expectWrite({ was, becomes }, { repair: unchanged, enforce: unchanged });
});

test('S36 the note of the pool may come, change and go', async () => {
  const noted = annotations({ 'metallb.io/ip-allocated-from-pool': 'main' });
  await expectWrite(
    { was: holding, becomes: noted },
    { repair: `stored Unchanged ${A}`, enforce: `stored Unchanged ${A}` },
  );
  await expectWrite(
    { was: noted(holding), becomes: () => holding },
    { repair: `stored Unchanged ${A}`, enforce: `stored Unchanged ${A}` },
  );
});

test('S37 another controller does not replace an IP', async () => {
  const user = 'system:serviceaccount:kube-system:klipper-lb';
  await expectWrite(
    { was: holding, becomes: ips('10.0.0.5'), user },
    { repair: `refused Move ${A}`, enforce: `refused Move ${A}` },
  );
  await expectWrite(
    { was: web, becomes: ips('10.0.0.5'), user },
    { repair: 'stored NotGuarded 10.0.0.5', enforce: 'stored NotGuarded 10.0.0.5' },
  );
});

test('S38 a human does not move or wipe an IP without breaking the glass', async () => {
  for (const becomes of [ips(B), ips()]) {
    await expectWrite(
      { was: holding, becomes, user: HUMAN },
      { repair: `refused Move ${A}`, enforce: `refused Move ${A}` },
    );
  }
  await expectWrite(
    { was: service('web', ips(A), ALLOW), becomes: ips(B), user: HUMAN },
    { repair: `stored Allowed ${B}`, enforce: `stored Allowed ${B}` },
  );
});

test('S39 annotations in the very status write give no reason', async () => {
  await expectWrite(
    { was: holding, becomes: (made) => ips(B)(ALLOW(made)), user: HUMAN },
    { repair: `refused Move ${A}`, enforce: `refused Move ${A}` },
  );
});

test('S40 of a malformed status the valid IPs stay', async () => {
  await expectWrite(
    { was: service('web', ingress({ ip: A }, { ip: '192.0.02.7' })), becomes: ips(B) },
    { repair: `repaired Restored ${A}`, enforce: `refused Move ${A}` },
  );
  await expectWrite(
    { was: service('web', ips(A, B)), becomes: ips(C) },
    { repair: `repaired Restored ${A},${B}`, enforce: `refused Move ${A},${B}` },
  );
  await expectWrite(
    { was: service('web', dualStack(), ips(A, A6, B)), becomes: ips() },
    { repair: `repaired Restored ${A},${B},${A6}`, enforce: `refused Move ${A},${B},${A6}` },
  );
  await expectWrite(
    { was: holding, becomes: ingress({ ip: A }, { ip: '192.0.02.7' }), user: HUMAN },
    { repair: `refused MalformedIp ${A}`, enforce: `refused MalformedIp ${A}` },
  );
});

test('S46 a status that MetalLB never accepts is kept without waking it up', async () => {
  const guard = guardIn('repair');
  const was = service('web', ips(A, B));
  guard.stored(was);
  for (let look = 0; look < 3; look += 1) {
    const { patch } = await guard.mutate(statusReview(was, ips(C)(was)));
    assert.deepEqual(
      patch?.map(({ path }) => path),
      ['/status/loadBalancer'],
      'no annotation changes: no watch event',
    );
    guard.shared.now += 3_600_000;
  }
});

test('S41 a Service of another class may lose its IP, and owns it until then', async () => {
  const foreign = service('owner', ips(A), spec({ loadBalancerClass: 'example.com/other' }));
  await expectWrite(
    { was: foreign, becomes: ips() },
    { repair: 'stored ClassChanged', enforce: 'stored ClassChanged' },
  );
  await expectWrite(
    { was: web, becomes: ips(A), others: [foreign] },
    { repair: `repaired Redirected ${B}`, enforce: 'refused Theft' },
  );
});

test('S42 a second MetalLB does not give the IPs of the first away', async () => {
  const second = service('web', spec({ loadBalancerClass: 'example.com/second' }));
  await expectWrite(
    { was: second, becomes: ips(A), others: [owner] },
    { repair: 'refused Theft', enforce: 'refused Theft' },
  );
  await expectWrite(
    { was: second, becomes: ips(A), others: [owner], classes: ['example.com/second'] },
    { repair: `repaired Redirected ${B}`, enforce: 'refused Theft' },
  );
});

test('S43 a controller that starts on another node moves nothing', async () => {
  const outcomes = async (mode: 'repair' | 'enforce') => {
    const guard = guardIn(mode);
    const pending = service('pending');
    guard.stored(holding, pending);
    return [
      await offer(guard, { was: pending, becomes: ips(A) }),
      await offer(guard, { was: holding, becomes: ips(C) }),
    ];
  };
  assert.deepEqual(await outcomes('repair'), [`repaired Redirected ${B}`, `repaired Restored ${A}`]);
  assert.deepEqual(await outcomes('enforce'), ['refused Theft', `refused Move ${A}`]);
});

test('S44 after a restore from a backup the claims follow the statuses', async () => {
  const guard = guardIn('repair');
  await guard.claimed(claimOn(A, { holders: [claimHolder('web')] }));
  guard.stored(service('web', ips(B), version(101)));
  await guard.upkeep.pass();
  assert.deepEqual([await guard.holders(A), await guard.holders(B)], [undefined, ['web']]);
});

test('S45 an IP that was in no pool before an upgrade may move', async () => {
  await expectWrite(
    { was: holding, becomes: ips('198.51.100.1'), pools: [pool('main', ['198.51.100.0/24'])] },
    { repair: 'stored PoolGone 198.51.100.1', enforce: 'stored PoolGone 198.51.100.1' },
  );
});
