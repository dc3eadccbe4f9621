import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Unmet, unmetWish } from '../../../../src/core/repair/unmet.ts';
import { ipOf } from '../../../gen/claim.ts';
import { pool, pools } from '../../../gen/pool.ts';
import { annotations, dualStack, type Mod, pinned, requested, spec, view } from '../../../gen/service.ts';

const [A, B, A6] = ['192.0.2.1', '192.0.2.2', '2001:db8::1'];
const KNOWN = pools([pool('main', ['192.0.2.0/24', '2001:db8::/64']), pool('second', ['198.51.100.0/24'])]);
const inPool = (name: string): Mod => annotations({ 'metallb.io/address-pool': name });
const requireBoth: Mod = (made) => spec({ ipFamilyPolicy: 'RequireDualStack' })(dualStack()(made));

const rows: readonly (readonly [string, readonly Mod[], readonly string[], Unmet | undefined, boolean?])[] = [
  ['nothing is asked for', [], [A], undefined],
  ['the requested IP is there', [requested(A)], [A], undefined],
  ['both requested IPs are there, in another order', [dualStack(), requested(`${A6},${A}`)], [A, A6], undefined],
  ['another IP is requested', [requested(B)], [A], 'ips'],
  ['one IP is requested and two are there', [dualStack(), requested(A)], [A, A6], 'ips'],
  ['another IP is requested by spec', [spec({ loadBalancerIP: B })], [A], 'ips'],
  ['a pin of another IP is no wish', [pinned(B)], [A], undefined],
  ['a request that MetalLB calls an error clears nothing', [requested('nonsense')], [A], undefined],
  ['the pool of the IP is asked for', [inPool('main')], [A], undefined],
  ['another pool is asked for', [inPool('second')], [A], 'pool'],
  ['a pool is asked for that does not exist', [inPool('nowhere')], [A], 'pool'],
  ['both families are required and one is there', [requireBoth], [A], 'families'],
  ['both families are preferred, one is enough', [dualStack()], [A], undefined, true],
  ['both families are preferred, before 0.14.9', [dualStack()], [A], 'families', false],
];

describe('a wish that these IPs do not meet', () => {
  for (const [name, mods, ips, expected, oneFamilyIsEnough = true] of rows) {
    test(`${name}: ${expected ?? 'none'}`, () => {
      assert.equal(unmetWish(view('web', ...mods), ips.map(ipOf), { pools: KNOWN, oneFamilyIsEnough }), expected);
    });
  }
});
