import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pool } from '../../../../src/core/metallb/pool.ts';
import { describeStranded, strandedBy } from '../../../../src/core/rules/no-strand.ts';
import { pool, pools } from '../../../gen/pool.ts';
import { dualStack, ips, metadata, view } from '../../../gen/service.ts';

const BEFORE = [pool('main', ['192.0.2.0/24', '2001:db8::/64']), pool('second', ['198.51.100.0/24'])];
const SERVICES = [
  view('low', ips('192.0.2.0')),
  view('mid', ips('192.0.2.100'), metadata({ labels: { tier: 'a' } })),
  view('dual', dualStack(), ips('192.0.2.7', '2001:db8::7')),
  view('foreign', ips('203.0.113.1')),
  view('pending'),
];

const ROWS: readonly {
  readonly name: string;
  readonly after: readonly Pool[];
  readonly stranded: readonly string[];
}[] = [
  { name: 'nothing changes', after: BEFORE, stranded: [] },
  { name: 'another pool goes', after: BEFORE.slice(0, 1), stranded: [] },
  {
    name: 'the pool goes',
    after: BEFORE.slice(1),
    stranded: [
      'default/low (192.0.2.0: in no pool)',
      'default/mid (192.0.2.100: in no pool)',
      'default/dual (192.0.2.7: in no pool)',
    ],
  },
  {
    name: 'all pools go',
    after: [],
    stranded: [
      'default/low (192.0.2.0: in no pool)',
      'default/mid (192.0.2.100: in no pool)',
      'default/dual (192.0.2.7: in no pool)',
    ],
  },
  {
    name: 'the pool shrinks',
    after: [pool('main', ['192.0.2.0/26', '2001:db8::/64'])],
    stranded: ['default/mid (192.0.2.100: in no pool)'],
  },
  {
    name: 'the pool is renamed: nobody loses an IP',
    after: [pool('renamed', ['192.0.2.0/24', '2001:db8::/64'])],
    stranded: [],
  },
  {
    name: 'avoidBuggyIPs comes',
    after: [pool('main', ['192.0.2.0/24', '2001:db8::/64'], { avoidBuggyIPs: true })],
    stranded: ['default/low (192.0.2.0: avoided (avoidBuggyIPs))'],
  },
  {
    name: 'autoAssign and priority never move an IP',
    after: [pool('main', ['192.0.2.0/24', '2001:db8::/64'], { autoAssign: false, serviceAllocation: { priority: 7 } })],
    stranded: [],
  },
  {
    name: 'service selectors come',
    after: [
      pool('main', ['192.0.2.0/24', '2001:db8::/64'], {
        serviceAllocation: { serviceSelectors: [{ matchLabels: { tier: 'a' } }] },
      }),
    ],
    stranded: [
      'default/low (192.0.2.0: not admitted (serviceAllocation))',
      'default/dual (192.0.2.7: not admitted (serviceAllocation))',
    ],
  },
  {
    name: 'a dual-stack pool is split by family',
    after: [pool('four', ['192.0.2.0/24']), pool('six', ['2001:db8::/64'])],
    stranded: ['default/dual (2001:db8::7: in another pool than its other IP)'],
  },
];

for (const { name, after, stranded } of ROWS) {
  test(`${name}: ${stranded.length} stranded`, () => {
    const found = strandedBy({ before: pools(BEFORE), after: pools(after) }, SERVICES);
    assert.deepEqual(found.map(describeStranded), stranded);
  });
}

test('what is stranded already does not block a further change', () => {
  const broken = pools([pool('main', ['192.0.2.0/26', '2001:db8::/64'])]);
  const repaired = pools([pool('main', ['192.0.2.0/27', '2001:db8::/64'])]);
  assert.deepEqual(strandedBy({ before: broken, after: repaired }, SERVICES), []);
});
