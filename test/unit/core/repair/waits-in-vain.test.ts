import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { waitsInVain } from '../../../../src/core/repair/waits-in-vain.ts';
import { serviceToView } from '../../../../src/review/service-to-view.ts';
import { pool } from '../../../gen/pool.ts';
import {
  annotations,
  dualStack,
  ips,
  metadata,
  pinned,
  requested,
  type ServiceJson,
  service,
  sharing,
  spec,
} from '../../../gen/service.ts';
import { Replica, START } from '../../app/replica.ts';

const S = '198.51.100.1';
const inSecond = annotations({ 'metallb.io/address-pool': 'second' });
const [X, Y] = ['192.0.2.1', '192.0.2.2'];

/** Whether the Service waits in vain beside these, in a pool of X and Y (and one IPv6), or in a second one of S. */
function waits(one: ServiceJson, ...others: readonly ServiceJson[]): boolean {
  const { state } = new Replica()
    .pools(pool('two', [`${X}-${Y}`, '2001:db8::1/128']), pool('second', [`${S}/32`], { autoAssign: false }))
    .stored(...others);
  const { ownership, pools } = state;
  const choose = (wish: Parameters<typeof state.choose>[0]) => state.choose(wish, START);
  return waitsInVain(serviceToView(one), { ownership, pools, scope: { classes: [] }, now: START, choose });
}

describe('a Service waits in vain', () => {
  test('without an IP, while one is free', () => assert.ok(waits(service('a'), service('b', ips(X)))));
  test('with a pin and no IP, even in a full pool', () =>
    assert.ok(waits(service('a', pinned(X)), service('b', ips(X)), service('c', ips(Y)))));
  test('for a requested IP that nobody holds', () => assert.ok(waits(service('a', requested(X)))));
  test('for a requested IP while it has another one', () => assert.ok(waits(service('a', requested(X), ips(Y)))));
  test('for a requested IP that it may share', () =>
    assert.ok(waits(service('a', requested(X), sharing('k', 80)), service('b', ips(X), sharing('k', 81)))));
  test('for another pool that has one free', () => assert.ok(waits(service('a', ips(X), inSecond))));
  test('for its second family, while its pool has one', () => assert.ok(waits(service('a', dualStack(), ips(X)))));
});

describe('a Service does not wait in vain', () => {
  for (const [why, one] of [
    ['it has an IP', service('a', ips(X))],
    ['it has what it requests', service('a', requested(X), ips(X))],
    ['it is no LoadBalancer', service('a', spec({ type: 'ClusterIP' }))],
    ['it is of another class', service('a', spec({ loadBalancerClass: 'other' }))],
    ['it is being deleted', service('a', metadata({ deletionTimestamp: '2026-06-01T00:00:00Z' }))],
    ['it requests an IP that lies in no pool', service('a', requested('203.0.113.1'))],
    ['its request cannot be read', service('a', requested('nonsense'))],
    ['it requests a family that it does not have', service('a', requested('2001:db8::1'))],
  ] as const) {
    test(`when ${why}`, () => assert.equal(waits(one), false));
  }
  test('when nothing is free', () =>
    assert.equal(waits(service('a'), service('b', ips(X)), service('c', ips(Y))), false));
  test('for another pool that is full', () =>
    assert.equal(waits(service('a', ips(X), inSecond), service('b', ips(S))), false));
  test('for a second family that its pool does not have', () =>
    assert.equal(waits(service('a', dualStack(), ips(X)), service('b', ips('2001:db8::1'))), false));
  test('for a requested IP of somebody else', () =>
    assert.equal(waits(service('a', requested(X)), service('b', ips(X))), false));
});
