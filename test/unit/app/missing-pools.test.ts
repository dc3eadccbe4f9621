import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { ClusterState } from '../../../src/app/cluster-state.ts';
import { BACK_WITHIN_MS } from '../../../src/app/missing-pools.ts';
import { missingPoolOf } from '../../../src/core/metallb/pool.ts';
import { poolToCore } from '../../../src/review/pool-to-core.ts';
import { ipOf } from '../../gen/claim.ts';
import { pool } from '../../gen/pool.ts';
import { TERMS } from './replica.ts';

const NOW = Date.parse('2026-03-01T00:00:00Z');
const [A, B] = [ipOf('192.0.2.7'), ipOf('198.51.100.7')];
const one = pool('one', ['192.0.2.0/24']);
const two = pool('two', ['198.51.100.0/24']);

describe('a pool that vanishes', () => {
  let state: ClusterState;
  beforeEach(() => {
    state = new ClusterState(TERMS, { now: () => NOW });
    state.replacePools([one, two]);
  });

  const missing = (ip = A) => missingPoolOf(state.pools, ip)?.pool.name;
  const letGo = (until: string) =>
    state.putPool(
      poolToCore({
        metadata: { name: 'one', annotations: { 'holdfast.dev/allow-strand': `until=${until} reason=renumbering` } },
        spec: { addresses: ['192.0.2.0/24'] },
      }),
    );

  test('by a watch event is missing for an hour', () => {
    assert.equal(missing(), undefined);
    state.removePool('one');
    assert.deepEqual([missing(), missing(B)], ['one', undefined]);
    assert.equal(missingPoolOf(state.pools, A)?.until, NOW + BACK_WITHIN_MS);
  });

  test('between two lists is missing as well, also when the CRD was away meanwhile', () => {
    state.replacePools([two]);
    assert.equal(missing(), 'one');
    state.replacePools(undefined);
    assert.equal(missing(), undefined, 'without any pool nothing needs to be known of it');
    state.replacePools([pool('third', ['203.0.113.0/24'])]);
    assert.deepEqual([missing(), missing(B)], ['one', 'two']);
  });

  test('is not missing any more when it is back, whatever it says now', () => {
    state.removePool('one');
    state.putPool(pool('one', ['203.0.113.0/24']));
    assert.equal(missing(), undefined);
    state.removePool('two');
    state.replacePools([one, two]);
    assert.equal(missing(B), undefined);
  });

  test('counts for nothing where another pool has its addresses now', () => {
    state.removePool('one');
    state.putPool(pool('renamed', ['192.0.2.0/25']));
    assert.deepEqual([missing(), missing(ipOf('192.0.2.200'))], [undefined, 'one']);
  });

  test('was let go: it is gone', () => {
    letGo('2026-03-01T01:00Z');
    state.removePool('one');
    assert.equal(missing(), undefined);
  });

  test('was let go too long ago: it is missing', () => {
    letGo('2026-02-28T01:00Z');
    state.removePool('one');
    assert.equal(missing(), 'one');
  });
});
