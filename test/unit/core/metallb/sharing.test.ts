import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayShare, whyNotShare } from '../../../../src/core/metallb/sharing.ts';
import { annotations, type Mod, sharing, spec, view } from '../../../gen/service.ts';

const local = (selector: Record<string, string>): Mod => spec({ externalTrafficPolicy: 'Local', selector });
const udp53: Mod = spec({ ports: [{ port: 53, protocol: 'UDP' }] });
const tcp53: Mod = spec({ ports: [{ port: 53, protocol: 'TCP' }] });
const key = (value: string): Mod => annotations({ 'metallb.io/allow-shared-ip': value });

const ROWS: readonly {
  readonly name: string;
  readonly one: readonly Mod[];
  readonly other: readonly Mod[];
  readonly may: boolean;
  readonly why?: RegExp;
}[] = [
  { name: 'no key at all', one: [], other: [], may: false, why: /neither asks/ },
  { name: 'only one has a key', one: [sharing('k', 80)], other: [spec({ ports: [] })], may: false, why: /keys differ/ },
  { name: 'same key, other ports', one: [sharing('k', 80)], other: [sharing('k', 443)], may: true },
  { name: 'same key, same port', one: [sharing('k', 80)], other: [sharing('k', 80)], may: false, why: /TCP\/80/ },
  {
    name: 'other keys, other ports',
    one: [sharing('k', 80)],
    other: [sharing('l', 443)],
    may: false,
    why: /keys differ/,
  },
  { name: 'same number, other protocol', one: [key('dns'), udp53], other: [key('dns'), tcp53], may: true },
  {
    name: 'Local on one side with a selector',
    one: [sharing('k', 80), local({ app: 'x' })],
    other: [sharing('k', 443)],
    may: false,
    why: /externalTrafficPolicy or selectors/,
  },
  {
    name: 'Local on both sides, same selector in another order',
    one: [sharing('k', 80), local({ a: '1', b: '2' })],
    other: [sharing('k', 443), local({ b: '2', a: '1' })],
    may: true,
  },
  {
    name: 'Local on both sides, other selectors',
    one: [sharing('k', 80), local({ a: '1' })],
    other: [sharing('k', 443), local({ a: '2' })],
    may: false,
    why: /selectors/,
  },
  {
    name: 'Local without a selector shares with Cluster, as in MetalLB',
    one: [sharing('k', 80), local({})],
    other: [sharing('k', 443)],
    may: true,
  },
  {
    name: 'an empty key under the new prefix hides the old one (0.14.9+)',
    one: [sharing('k', 80)],
    other: [annotations({ 'metallb.io/allow-shared-ip': '', 'metallb.universe.tf/allow-shared-ip': 'k' }), udp53],
    may: false,
    why: /keys differ/,
  },
  {
    name: 'the key is read under the old prefix too',
    one: [sharing('k', 80)],
    other: [annotations({ 'metallb.universe.tf/allow-shared-ip': 'k' }), udp53],
    may: true,
  },
];

for (const { name, one, other, may, why } of ROWS) {
  test(`${name}: ${may ? 'may share' : 'may not share'}, whoever comes first`, () => {
    const [a, b] = [view('a', ...one), view('b', ...other)];
    assert.equal(mayShare(a.sharing, b.sharing), may);
    assert.equal(mayShare(b.sharing, a.sharing), may);
    if (why) assert.match(whyNotShare(a.sharing, b.sharing), why);
  });
}
