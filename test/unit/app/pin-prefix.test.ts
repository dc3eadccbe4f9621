import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PinPrefix, type Prefix, pinAnnotations } from '../../../src/app/pin-prefix.ts';
import type { PinChange } from '../../../src/core/repair/pin.ts';
import type { AnnotationChanges } from '../../../src/review/json-patch.ts';
import { ipOf } from '../../gen/claim.ts';

type Annotations = Readonly<Record<string, string>>;

const IO = 'metallb.io/loadBalancerIPs';
const TF = 'metallb.universe.tf/loadBalancerIPs';
const PIN = 'holdfast.dev/pin';
const CLAIM = 'holdfast.dev/claim';

const learnt: readonly (readonly [string, readonly Annotations[], Prefix])[] = [
  ['nothing seen: what every version from 0.13 on understands', [], 'metallb.universe.tf'],
  ['MetalLB before 0.14.9', [{ 'metallb.universe.tf/ip-allocated-from-pool': 'p' }], 'metallb.universe.tf'],
  ['MetalLB from 0.14.9 on', [{ 'metallb.io/ip-allocated-from-pool': 'p' }], 'metallb.io'],
  [
    'a Service that an older and a newer MetalLB wrote',
    [{ 'metallb.universe.tf/ip-allocated-from-pool': 'p', 'metallb.io/ip-allocated-from-pool': 'p' }],
    'metallb.io',
  ],
  [
    'a write without the annotation teaches nothing',
    [{ 'metallb.io/ip-allocated-from-pool': 'p' }, { 'metallb.universe.tf/loadBalancerIPs': 'x' }, {}],
    'metallb.io',
  ],
  [
    'after a downgrade',
    [{ 'metallb.io/ip-allocated-from-pool': 'p' }, { 'metallb.universe.tf/ip-allocated-from-pool': 'p' }],
    'metallb.universe.tf',
  ],
];

describe('the prefix of pins is learnt from what MetalLB writes', () => {
  for (const [name, writes, expected] of learnt) {
    test(`${name}: ${expected}`, () => {
      const prefix = new PinPrefix();
      for (const annotations of writes) prefix.learn({ annotations });
      assert.equal(prefix.current, expected);
    });
  }
});

const set: PinChange = { kind: 'set', ips: ['192.0.2.7', '2001:db8::7'].map(ipOf) };
const VALUE = '192.0.2.7,2001:db8::7';

const rows: readonly {
  readonly name: string;
  readonly change: PinChange;
  readonly existing: Annotations;
  readonly prefix?: Prefix;
  readonly expected: AnnotationChanges;
}[] = [
  { name: 'keep', change: { kind: 'keep' }, existing: { [TF]: 'old', [PIN]: 'old' }, expected: {} },
  { name: 'a first pin', change: set, existing: {}, expected: { [TF]: VALUE, [PIN]: VALUE } },
  {
    name: 'a first pin for MetalLB from 0.14.9 on',
    change: set,
    existing: {},
    prefix: 'metallb.io',
    expected: { [IO]: VALUE, [PIN]: VALUE },
  },
  {
    name: 'another pin',
    change: set,
    existing: { [TF]: 'old', [PIN]: 'old', [CLAIM]: 'r' },
    expected: { [TF]: VALUE, [PIN]: VALUE },
  },
  {
    name: 'another pin after an upgrade leaves none under the older prefix',
    change: set,
    existing: { [TF]: 'old', [PIN]: 'old' },
    prefix: 'metallb.io',
    expected: { [TF]: undefined, [IO]: VALUE, [PIN]: VALUE },
  },
  {
    name: 'a pin that goes',
    change: { kind: 'remove' },
    existing: { [TF]: 'old', [PIN]: 'old', [CLAIM]: 'r', other: 'x' },
    expected: { [TF]: undefined, [PIN]: undefined, [CLAIM]: undefined },
  },
  {
    name: 'a pin that goes, under both prefixes',
    change: { kind: 'remove' },
    existing: { [TF]: 'old', [IO]: 'old', [PIN]: 'old' },
    expected: { [IO]: undefined, [TF]: undefined, [PIN]: undefined },
  },
  {
    name: 'a request of the user is not removed with a pin',
    change: { kind: 'remove' },
    existing: { [IO]: 'wish', [TF]: 'old', [PIN]: 'old' },
    expected: { [TF]: undefined, [PIN]: undefined },
  },
  { name: 'no pin to remove', change: { kind: 'remove' }, existing: { [IO]: 'wish' }, expected: {} },
];

describe('the annotations of a pin', () => {
  for (const { name, change, existing, prefix = 'metallb.universe.tf', expected } of rows) {
    test(name, () => assert.deepEqual(pinAnnotations(change, existing, prefix), expected));
  }
});
