import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { pool } from '../../gen/pool.ts';
import { createReview, statusReview } from '../../gen/review.ts';
import { dualStack, ips, newService, type ServiceJson, service, spec, version } from '../../gen/service.ts';
import { Guarded } from './guarded.ts';

const A = '192.0.2.0';
const OFFERED = ['198.51.100.0', '2001:db8:1::'];
const NEXT = ['198.51.100.1', '2001:db8:1::1'];
const DUAL = spec({ ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] });

/** `asks` has an IP of a pool without IPv6 and asks for both families; MetalLB finds a pair in another pool. */
describe('what MetalLB keeps for a Service that asks in vain', () => {
  const asks = service('asks', dualStack(), ips(A), version(100));
  let guard: Guarded;

  beforeEach(async () => {
    guard = new Guarded();
    guard.pools(pool('main', ['192.0.2.0/24']), pool('other', ['198.51.100.0/30', '2001:db8:1::/64']));
    guard.stored(service('kubernetes', spec({ type: 'ClusterIP' })), asks);
  });

  const offer = async (...offered: readonly string[]): Promise<string | undefined> => {
    const { response } = await guard.mutate(statusReview(asks, ips(...offered)(asks)));
    return response.auditAnnotations?.reason;
  };
  const pinOf = async (made: ServiceJson): Promise<string | undefined> => {
    const { response } = await guard.mutate(createReview(made));
    return response.auditAnnotations?.ips;
  };

  test('nobody else is pinned to it, since MetalLB would not give it', async () => {
    assert.equal(await offer(...OFFERED), 'RequestUnmet');
    assert.equal(await pinOf(newService('new', DUAL)), NEXT.join());
  });

  test('it counts again when nothing else is free: a preference and no more', async () => {
    guard.pools(pool('other', [`${OFFERED[0]}/32`, '2001:db8:1::/64']));
    await offer(...OFFERED);
    assert.equal(await pinOf(newService('new', DUAL)), OFFERED.join());
  });

  for (const [name, ends] of [
    ['MetalLB has given it up', () => offer()],
    ['the Service asks for it no more', () => guard.stored(service('asks', ips(A), version(101)))],
    ['the Service is gone', () => guard.state.ledger.remove('uid-asks')],
    ['an hour has passed', () => (guard.shared.now += 3_600_000)],
  ] as const) {
    test(`it is free again once ${name}`, async () => {
      await offer(...OFFERED);
      await ends();
      assert.equal(await pinOf(newService('new', DUAL)), OFFERED.join());
    });
  }

  test('a dry run leaves no trace', async () => {
    await guard.mutate(statusReview(asks, ips(...OFFERED)(asks), { dryRun: true }));
    assert.equal(await pinOf(newService('new', DUAL)), OFFERED.join());
  });
});
