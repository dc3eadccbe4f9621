import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { PatchOperation } from '../../../src/review/json-patch.ts';
import { ipOf } from '../../gen/claim.ts';
import { pool } from '../../gen/pool.ts';
import { statusReview } from '../../gen/review.ts';
import { annotations, dualStack, ips, type Mod, pinned, requested, service, spec } from '../../gen/service.ts';
import { Guarded } from './guarded.ts';

const X = '192.0.2.7';
const X6 = '2001:db8::7';
const TF = 'metallb.universe.tf/loadBalancerIPs';
const single = spec({ ipFamilyPolicy: 'SingleStack' });
const requireBoth = spec({ ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] });
const preferBoth = spec({ ipFamilyPolicy: 'PreferDualStack' });
const inSecond = annotations({ 'metallb.io/address-pool': 'second' });

describe('an edit of a Service', () => {
  let guard: Guarded;

  beforeEach(() => {
    guard = new Guarded();
  });

  /** What the edit makes of the Service, as the next hook would see its annotations, and what was told. */
  async function edit(was: readonly Mod[], change: Mod, more = {}) {
    const before = service('web', ...was);
    guard.stored(before);
    const review = statusReview(before, change(before), { subResource: undefined, ...more });
    const { patch = [] } = await guard.mutate(review);
    const told = guard.records.map(({ decision }) => (decision.kind === 'repair' ? decision.reason : decision.kind));
    return { patch: patch.map(text).sort(), told };
  }

  for (const [name, change] of [
    ['another pool is requested', inSecond],
    ['the type changes', spec({ type: 'ClusterIP' })],
    ['the class changes', spec({ loadBalancerClass: 'x/y' })],
    [
      'the second family cannot be told yet',
      spec({ ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4'], clusterIPs: ['10.96.0.10'] }),
    ],
  ] as const) {
    test(`${name}: the pin goes in the same write`, async () => {
      assert.deepEqual(await edit([pinned(X), ips(X)], change), {
        patch: ['remove holdfast.dev/pin', `remove ${TF}`],
        told: ['Unpinned'],
      });
    });
  }

  for (const [name, was, change] of [
    ['nothing that matters changes', [pinned(X), ips(X)], annotations({ team: 'a' })],
    ['the ports change', [pinned(X), ips(X)], spec({ ports: [{ port: 81 }] })],
    [
      'the user makes a request of it',
      [pinned(X), ips(X)],
      annotations({ [TF]: X6, 'metallb.io/loadBalancerIPs': X6 }),
    ],
    ['it requests its IPs itself', [dualStack(), requested(`${X},${X6}`), ips(X, X6)], single],
    ['it has no IP', [dualStack()], single],
    ['it is of another class', [spec({ loadBalancerClass: 'x/y' }), dualStack(), ips(X, X6)], single],
  ] as const) {
    test(`${name}: nothing is touched`, async () => {
      assert.deepEqual(await edit(was, change), { patch: [], told: [] });
    });
  }

  test('a family is dropped: the pin shrinks to the IP that stays', async () => {
    assert.deepEqual(await edit([dualStack(), pinned(`${X},${X6}`), ips(X, X6)], single), {
      patch: [`add holdfast.dev/pin ${X}`, `add ${TF} ${X}`],
      told: ['Pinned'],
    });
  });

  test('a family is dropped without a pin: the IP that stays is pinned, or MetalLB would begin at the lowest', async () => {
    const { patch } = await edit([dualStack(), ips(X, X6)], single);
    assert.deepEqual(patch, [`add annotations {"${TF}":"${X}","holdfast.dev/pin":"${X}"}`]);
  });

  test('of a Service whose first family is IPv6, the IPv6 stays', async () => {
    const sixFirst = spec({ ipFamilies: ['IPv6', 'IPv4'] });
    const { patch } = await edit([dualStack(), sixFirst, pinned(`${X},${X6}`), ips(X, X6)], single);
    assert.deepEqual(patch, [`add holdfast.dev/pin ${X6}`, `add ${TF} ${X6}`]);
  });

  test('both families are required: the second IP is chosen in the pool of the first, claimed and pinned', async () => {
    guard.pools(pool('other', ['2001:db8:1::/64']), pool('main', ['192.0.2.0/24', '2001:db8::7/128']));
    const { patch, told } = await edit([pinned(X), ips(X)], requireBoth);
    assert.deepEqual(patch, [`add holdfast.dev/pin ${X},${X6}`, `add ${TF} ${X},${X6}`]);
    assert.deepEqual(told, ['Pinned']);
    assert.deepEqual(await guard.holders(X6), ['web']);
  });

  test('both are preferred in a cluster that is known to give both', async () => {
    guard.stored(service('six', dualStack()));
    const { patch } = await edit([pinned(X), ips(X)], preferBoth);
    assert.deepEqual(patch, [`add holdfast.dev/pin ${X},2001:db8::`, `add ${TF} ${X},2001:db8::`]);
  });

  test('the pool has no second family: the pin goes, and nothing is claimed', async () => {
    guard.pools(pool('main', ['192.0.2.0/24']));
    assert.deepEqual((await edit([pinned(X), ips(X)], requireBoth)).told, ['Unpinned']);
    assert.deepEqual(guard.shared.store.calls, []);
  });

  test('an IP that another replica has claimed is not taken', async () => {
    const other = new Guarded({}, guard.shared);
    other.stored(service('elsewhere', dualStack()));
    guard.shared.live.delete('elsewhere');
    const elsewhere = other.state.ledger.find('uid-elsewhere');
    assert.ok(typeof elsewhere === 'object');
    guard.shared.live.set('elsewhere', elsewhere);
    await other.keeper.hold(ipOf('2001:db8::'), other.keeper.claimant(elsewhere, false));
    const { patch } = await edit([pinned(X), ips(X)], requireBoth);
    assert.deepEqual(patch[0], `add holdfast.dev/pin ${X},2001:db8::1`);
  });

  test('a dry run claims nothing', async () => {
    const { patch } = await edit([pinned(X), ips(X)], requireBoth, { dryRun: true });
    assert.deepEqual(patch[0], `add holdfast.dev/pin ${X},2001:db8::`);
    assert.deepEqual(guard.shared.store.calls, []);
  });

  test('with --pin never nothing is pinned, and a pin that disagrees goes', async () => {
    guard = new Guarded({ pin: 'never' });
    assert.deepEqual((await edit([pinned(`${X},${X6}`), dualStack(), ips(X, X6)], single)).told, ['Unpinned']);
    assert.deepEqual((await edit([dualStack(), ips(X, X6)], single)).patch, []);
  });

  test('with --pin repair only a Service that has a pin is pinned again', async () => {
    guard = new Guarded({ pin: 'repair' });
    assert.deepEqual((await edit([dualStack(), ips(X, X6)], single)).patch, []);
    assert.deepEqual((await edit([dualStack(), pinned(`${X},${X6}`), ips(X, X6)], single)).told, ['Pinned']);
  });
});

function text(operation: PatchOperation): string {
  const path = operation.path.replace('/metadata/', '').replace('annotations/', '').replace('~1', '/');
  if (operation.op === 'remove') return `remove ${path}`;
  const { value } = operation;
  return `${operation.op} ${path} ${typeof value === 'string' ? value : JSON.stringify(value)}`;
}
