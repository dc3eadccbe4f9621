import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poolToCore } from '../../src/review/pool-to-core.ts';
import { pool } from '../gen/pool.ts';
import { statusReview } from '../gen/review.ts';
import { dualStack, ips, metadata, service } from '../gen/service.ts';
import { A, A6, adviceOn, B, changePool, expectWrite, guardIn, labelNamespace, poolJson } from './world.ts';

const FREE = '198.51.100.1';
const holding = service('web', ips(A));
const dual = service('web', dualStack(), ips(A, A6));
const main = poolJson('main', ['192.0.2.0/24']);
const BOTH = ['192.0.2.0/24', '2001:db8::/64'];
const UNTIL = { 'holdfast.dev/allow-strand': 'until=2026-12-01T10:00Z reason=renumbering' };
const BLUE = { matchLabels: { team: 'blue' } };

test('S13 a pool is not shrunk or deleted under an assigned IP', async () => {
  const shrunk = poolJson('main', ['192.0.2.128/25']);
  assert.equal(await changePool(main, shrunk, [holding]), 'refused Strand');
  assert.equal(await changePool(main, null, [holding]), 'refused Strand');
  const allowed = { ...shrunk, metadata: { name: 'main', annotations: UNTIL } };
  assert.equal(await changePool(main, allowed, [holding]), 'stored StrandAllowed');
  await expectWrite(
    { was: holding, becomes: ips(FREE), pools: [poolToCore(shrunk), pool('other', ['198.51.100.0/24'])] },
    { repair: `stored PoolGone ${FREE}`, enforce: `stored PoolGone ${FREE}` },
  );
});

test('S14 a pool that is deleted to be made again is kept', async () => {
  const others = [poolJson('other', ['198.51.100.0/24'])];
  assert.equal(await changePool(main, null, [holding], others), 'refused Strand');
  await expectWrite(
    { was: holding, becomes: ips(), pools: [] },
    { repair: `repaired Restored ${A}`, enforce: `refused Move ${A}` },
  );
  // The CRD was deleted, and its pools one after the other, without a question: one of them is still there.
  await expectWrite(
    { was: holding, becomes: ips(FREE), pools: [pool('other', ['198.51.100.0/24'])] },
    { repair: `repaired Restored ${A}`, enforce: `refused Move ${A}` },
  );
});

test('S15 without any pool every IP stays', async () => {
  await expectWrite(
    { was: dual, becomes: ips(), pools: [] },
    { repair: `repaired Restored ${A},${A6}`, enforce: `refused Move ${A},${A6}` },
  );
});

test('S16 avoidBuggyIPs is not switched on under an IP that ends in 0', async () => {
  assert.equal(await changePool(main, poolJson('main', BOTH, { avoidBuggyIPs: true }), [holding]), 'refused Strand');
  await expectWrite(
    { was: holding, becomes: ips(B), pools: [pool('main', BOTH, { avoidBuggyIPs: true })] },
    { repair: `stored PoolIncompatible ${B}`, enforce: `stored PoolIncompatible ${B}` },
  );
});

test('S17 a serviceAllocation that excludes a Service with an IP is refused', async () => {
  const narrowed = poolJson('main', ['192.0.2.0/24'], { serviceAllocation: { namespaces: ['elsewhere'] } });
  assert.equal(await changePool(main, narrowed, [holding]), 'refused Strand');
  const wider = poolJson('main', ['192.0.2.0/24'], { serviceAllocation: { namespaces: ['default'] } });
  assert.equal(await changePool(main, wider, [holding]), 'stored NothingStranded');
});

test('S18 labels of a namespace that lose a pool are warned about, and the IP stays by policy', async () => {
  const selecting = { serviceAllocation: { namespaces: ['elsewhere'], namespaceSelectors: [BLUE] } };
  const pools = [poolJson('main', BOTH, selecting)];
  assert.equal(await labelNamespace({ team: 'red' }, pools, [holding]), 'warned Strand');
  assert.equal(await labelNamespace({ team: 'blue', more: '1' }, pools, [holding]), 'stored NothingStranded');
  await expectWrite(
    { was: holding, becomes: ips(), pools: [pool('main', BOTH, selecting)] },
    { repair: 'stored PoolIncompatible', enforce: 'stored PoolIncompatible' },
  );
  await expectWrite(
    { was: holding, becomes: ips(), pools: [pool('main', BOTH, selecting)], excluded: 'keep' },
    { repair: `repaired Restored ${A}`, enforce: 'stored PoolIncompatible' },
  );
});

test('S18 an IP that is kept so costs no further write: MetalLB is not told again and again, and nothing is pinned', async () => {
  const guard = guardIn('repair', { excluded: 'keep' });
  guard.pools(pool('main', BOTH, { serviceAllocation: { namespaces: ['elsewhere'] } }));
  guard.stored(holding);
  for (let look = 0; look < 3; look += 1) {
    const { patch } = await guard.mutate(statusReview(holding, ips()(holding)));
    assert.deepEqual(
      patch?.map(({ path }) => path),
      ['/status/loadBalancer'],
      'no annotation changes: no watch event',
    );
    guard.shared.now += 3_600_000;
  }
});

test('S18 the break-glass of the pool lets an IP that is kept so go', async () => {
  const closed = { serviceAllocation: { namespaces: ['elsewhere'] } };
  const opened = poolToCore({ metadata: { name: 'main', annotations: UNTIL }, spec: { addresses: BOTH, ...closed } });
  await expectWrite(
    { was: holding, becomes: ips(), pools: [opened], excluded: 'keep' },
    { repair: 'stored PoolIncompatible', enforce: 'stored PoolIncompatible' },
  );
});

test('S19 labels of a Service that lose its pool are warned about, and let the IP go', async () => {
  const selecting = pool('main', BOTH, { serviceAllocation: { serviceSelectors: [BLUE] } });
  const blue = service('web', ips(A), metadata({ labels: { team: 'blue' } }));
  const red = service('web', ips(A), metadata({ labels: { team: 'red' } }));
  const pools = [poolJson('main', BOTH, { serviceAllocation: { serviceSelectors: [BLUE] } })];
  assert.deepEqual(await adviceOn(blue, metadata({ labels: { team: 'red' } }), { pools }), [
    'PoolRefuses',
    `holdfast: PoolRefuses: ${A} goes: its pool main does not select the new labels of default/web`,
  ]);
  assert.deepEqual(await adviceOn(blue, metadata({ labels: { team: 'blue', v: '2' } }), { pools }), ['RequestFine']);
  await expectWrite(
    { was: blue, becomes: ips(), pools: [selecting] },
    { repair: `repaired Restored ${A}`, enforce: `refused Move ${A}` },
  );
  await expectWrite(
    { was: red, becomes: ips(), pools: [selecting] },
    { repair: 'stored PoolIncompatible', enforce: 'stored PoolIncompatible' },
  );
});

test('S20 a pool of both families is not split under a dual-stack Service', async () => {
  assert.equal(await changePool(poolJson('main', BOTH), main, [dual]), 'refused Strand');
  const split = [pool('main', ['192.0.2.0/24']), pool('six', ['2001:db8::/64'])];
  await expectWrite(
    { was: dual, becomes: ips(), pools: split },
    { repair: `repaired Restored ${A},${A6}`, enforce: `refused Move ${A},${A6}` },
  );
});

test('S21 autoAssign and priority move nothing', async () => {
  const changed = { autoAssign: false, serviceAllocation: { priority: 9 } };
  assert.equal(
    await changePool(main, poolJson('main', ['192.0.2.0/24'], changed), [holding]),
    'stored NothingStranded',
  );
  const pools = [pool('main', ['192.0.2.0/24'], changed), pool('other', ['198.51.100.0/24'])];
  await expectWrite(
    { was: holding, becomes: ips(FREE), pools },
    { repair: `repaired Restored ${A}`, enforce: `refused Move ${A}` },
  );
});
