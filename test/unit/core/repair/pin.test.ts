import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isPinnable, type PinPolicy, pinChange } from '../../../../src/core/repair/pin.ts';
import { ipOf } from '../../../gen/claim.ts';
import { pool, pools } from '../../../gen/pool.ts';
import { annotations, dualStack, type Mod, pinned, requested, spec, view } from '../../../gen/service.ts';

const [A, B, A6] = ['192.0.2.1', '192.0.2.2', '2001:db8::1'];
const KNOWN = pools([pool('main', ['192.0.2.0/24', '2001:db8::/64'])]);

interface Row {
  readonly name: string;
  readonly service: readonly Mod[];
  readonly final: readonly string[];
  readonly repaired: boolean;
  readonly policy?: PinPolicy;
  readonly expected: string;
}

const rows: readonly Row[] = [
  { name: 'nothing was repaired', service: [], final: [A], repaired: false, expected: 'keep' },
  { name: 'repaired', service: [], final: [A], repaired: true, expected: `set ${A}` },
  { name: 'repaired, policy repair', service: [], final: [A], repaired: true, policy: 'repair', expected: `set ${A}` },
  { name: 'repaired, policy never', service: [], final: [A], repaired: true, policy: 'never', expected: 'keep' },
  { name: 'repaired, and no IP is left', service: [], final: [], repaired: true, expected: 'keep' },
  { name: 'a pin that is right', service: [pinned(A)], final: [A], repaired: true, expected: 'keep' },
  {
    name: 'a pin of two that is right, in another order',
    service: [dualStack(), pinned(`${A6},${A}`)],
    final: [A, A6],
    repaired: true,
    expected: 'keep',
  },
  { name: 'a pin to another IP', service: [pinned(B)], final: [A], repaired: false, expected: `set ${A}` },
  {
    name: 'a pin to another IP, policy never',
    service: [pinned(B)],
    final: [A],
    repaired: false,
    policy: 'never',
    expected: 'remove',
  },
  {
    name: 'a pin of two, of which one is another now',
    service: [dualStack(), pinned(`${A},${A6}`)],
    final: [B, A6],
    repaired: false,
    expected: `set ${B},${A6}`,
  },
  { name: 'a pin whose IP is gone', service: [pinned(A)], final: [], repaired: false, expected: 'remove' },
  {
    name: 'a pin of two, one of them is gone',
    service: [spec({ ipFamilies: ['IPv4'] }), pinned(`${A},${A6}`)],
    final: [A],
    repaired: false,
    expected: `set ${A}`,
  },
  {
    name: 'a pin of one on a Service that has grown to two',
    service: [dualStack(), pinned(A)],
    final: [A, A6],
    repaired: false,
    expected: `set ${A},${A6}`,
  },
  {
    name: 'a pin on a dual-stack Service that has one IP now',
    service: [dualStack(), pinned(`${A},${A6}`)],
    final: [A],
    repaired: false,
    expected: 'remove',
  },
  { name: 'a request', service: [requested(B)], final: [A], repaired: true, expected: 'keep' },
  { name: 'spec.loadBalancerIP', service: [spec({ loadBalancerIP: B })], final: [A], repaired: true, expected: 'keep' },
  {
    name: 'a pin that the user has edited is a request',
    service: [pinned(A), annotations({ 'metallb.universe.tf/loadBalancerIPs': B })],
    final: [A],
    repaired: true,
    expected: 'keep',
  },
  {
    name: 'a request that MetalLB cannot read',
    service: [requested('x')],
    final: [A],
    repaired: true,
    expected: 'keep',
  },
];

describe('the pin that goes with the IPs', () => {
  for (const { name, service, final, repaired, policy = 'create', expected } of rows) {
    test(`${name}: ${expected}`, () => {
      const change = pinChange(view('web', ...service), final.map(ipOf), { repaired, policy, pools: KNOWN });
      assert.equal(change.kind === 'set' ? `set ${change.ips.join()}` : change.kind, expected);
    });
  }
});

const pinnable: readonly (readonly [string, readonly Mod[], readonly string[], boolean])[] = [
  ['one IP, one family', [], [A], true],
  ['two IPs, two families', [dualStack()], [A, A6], true],
  ['one IP, two families', [dualStack()], [A], false],
  ['two IPs, one family', [], [A, A6], false],
  ['two IPs of one family', [dualStack()], [A, B], false],
  ['no IP', [], [], false],
  ['no IP, no families yet', [spec({ ipFamilies: undefined })], [], false],
  ['two IPs of one family, no families yet', [spec({ ipFamilies: undefined })], [A, B], false],
  ['families that the API server has not given yet', [spec({ ipFamilies: undefined })], [A], true],
];

describe('MetalLB allocates nothing unless a pin has the families of the Service', () => {
  for (const [name, mods, ips, expected] of pinnable) {
    test(`${name}: ${expected}`, () => assert.equal(isPinnable(view('web', ...mods), ips.map(ipOf)), expected));
  }
});
