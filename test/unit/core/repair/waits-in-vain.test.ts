import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { waitsInVain } from '../../../../src/core/repair/waits-in-vain.ts';
import { serviceToView } from '../../../../src/review/service-to-view.ts';
import { pool } from '../../../gen/pool.ts';
import { ips, metadata, pinned, requested, type ServiceJson, service, sharing, spec } from '../../../gen/service.ts';
import { Replica, START } from '../../app/replica.ts';

const [X, Y] = ['192.0.2.1', '192.0.2.2'];

/** Whether the Service waits in vain beside these, in a pool of X and Y. */
function waits(one: ServiceJson, ...others: readonly ServiceJson[]): boolean {
  const { state } = new Replica().pools(pool('two', [`${X}-${Y}`])).stored(...others);
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
  test('for a requested IP of somebody else', () =>
    assert.equal(waits(service('a', requested(X)), service('b', ips(X))), false));
});
