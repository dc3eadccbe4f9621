import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { pool } from '../../gen/pool.ts';
import { createReview, statusReview } from '../../gen/review.ts';
import { dualStack, ips, newService, service, spec } from '../../gen/service.ts';
import { Guarded } from './guarded.ts';

const [A, B, C] = ['192.0.2.0', '192.0.2.1', '192.0.2.2'];
const WHOLE = pool('main', ['192.0.2.0/24', '2001:db8::/64']);
const KUBERNETES = service('kubernetes', spec({ type: 'ClusterIP' }));

describe('a pool was edited, and the watch of this replica has not told yet (chaos, seeds 88 and 89)', () => {
  let guard: Guarded;

  beforeEach(() => {
    guard = new Guarded().pools(WHOLE);
    guard.stored(KUBERNETES, service('owner', ips(A)), service('web'));
  });

  const claims = () => guard.shared.store.memory.all().map(({ ip }) => ip);
  const pinned = async () => (await guard.mutate(createReview(newService('new')))).response.auditAnnotations?.ips;
  const redirected = async () => {
    const { response } = await guard.mutate(statusReview(service('web'), service('web', ips(A))));
    return response.auditAnnotations?.ips;
  };

  test('made smaller: a stolen IP is redirected into what is left, and nothing else is claimed', async () => {
    guard.poolsUnseen(pool('main', [`${A}/32`, `${C}/32`]));
    assert.equal(await redirected(), C);
    assert.deepEqual(claims(), [C]);
  });

  test('made smaller: a new Service is pinned into what is left', async () => {
    guard.poolsUnseen(pool('main', [`${A}/32`, `${C}/32`]));
    assert.equal(await pinned(), C);
    assert.deepEqual(claims(), [C]);
  });

  test('made smaller by a family: the other one is given back, and nothing is pinned', async () => {
    guard.poolsUnseen(pool('main', ['192.0.2.0/24']));
    const dual = newService(
      'new',
      dualStack(),
      spec({ ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] }),
    );
    const { response } = await guard.mutate(createReview(dual));
    assert.equal(response.auditAnnotations?.ips, undefined);
    assert.deepEqual(claims(), []);
  });

  test('deleted: its IPs are not given away any more', async () => {
    guard.poolsUnseen(pool('other', ['198.51.100.0/24']));
    assert.equal(await pinned(), undefined);
    assert.deepEqual(claims(), []);
  });

  for (const [what, edited] of [
    ['does not admit the namespace any more', { serviceAllocation: { namespaces: ['other'] } }],
    ['leaves out the IPs that end in 0 or 255', { avoidBuggyIPs: true }],
  ] as const) {
    test(`${what}: it is asked only for what it gives`, async () => {
      guard.pools(pool('main', [`${B}/32`]), pool('buggy', ['198.51.100.0/32']));
      guard.stored(service('second', ips(B)));
      guard.poolsUnseen(pool('main', [`${B}/32`]), pool('buggy', ['198.51.100.0/32'], edited));
      assert.equal(await pinned(), undefined);
      assert.deepEqual(claims(), []);
    });
  }

  test('grown meanwhile: what is chosen is there', async () => {
    guard.poolsUnseen(pool('main', ['192.0.2.0/24', '198.51.100.0/24']));
    assert.equal(await pinned(), B);
  });

  test('cannot be read: it is believed to be as before, and that is told', async () => {
    guard.shared.arePoolsReadable = false;
    assert.equal(await pinned(), B);
    assert.deepEqual(guard.unreadPools, ['main']);
  });

  test('a dry run asks nobody', async () => {
    guard.poolsUnseen(pool('main', [`${C}/32`]));
    const { response } = await guard.mutate(createReview(newService('new'), { dryRun: true }));
    assert.equal(response.auditAnnotations?.ips, B);
  });
});
