import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allocator, type Wish } from '../../../../src/core/allocator/allocator.ts';
import type { Pool } from '../../../../src/core/metallb/pool.ts';
import { serviceToView } from '../../../../src/review/service-to-view.ts';
import { pool, pools } from '../../../gen/pool.ts';
import { metadata, type ServiceJson, service, sharing, spec, view } from '../../../gen/service.ts';
import { Holdings, ip } from './holdings.ts';

interface Row {
  readonly name: string;
  readonly pools: readonly Pool[];
  readonly namespaces?: Readonly<Record<string, Record<string, string>>>;
  /** IPs held by Services that share with nobody. */
  readonly taken?: readonly string[];
  /** IPs held by Services that may share. */
  readonly shared?: Readonly<Record<string, ServiceJson>>;
  readonly wish?: Partial<Wish>;
  /** The pool and the IPs; nothing when there is no choice. */
  readonly gets: readonly [] | readonly [pool: string, ...ips: string[]];
}

const PLAIN: Wish = { service: view('asking'), families: ['IPv4'], preferDualStack: false };
const V6: Partial<Wish> = { families: ['IPv6'] };
const BOTH: Partial<Wish> = { families: ['IPv4', 'IPv6'] };
const PREFER: Partial<Wish> = { ...BOTH, preferDualStack: true };
const PREFER_V6: Partial<Wish> = { families: ['IPv6', 'IPv4'], preferDualStack: true };
const asking = (...mods: Parameters<typeof view> extends [string, ...infer M] ? M : never): Partial<Wish> => ({
  service: view('asking', ...mods),
});

const open = (name: string, ...addresses: string[]): Pool => pool(name, addresses);
const dedicated = (name: string, address: string, serviceAllocation: object): Pool =>
  pool(name, [address], { serviceAllocation });
const selects = (labels: Readonly<Record<string, string>>): object => ({ matchLabels: labels });
const noAuto = (name: string, ...addresses: string[]): Pool => pool(name, addresses, { autoAssign: false });
const avoiding = (name: string, ...addresses: string[]): Pool => pool(name, addresses, { avoidBuggyIPs: true });

const MAIN = open('main', '192.0.2.0/30');
const DUAL = open('dual', '203.0.113.0/30', '2001:db8::/64');

const ROWS: readonly Row[] = [
  // one range
  { name: 'the network address comes first', pools: [MAIN], gets: ['main', '192.0.2.0'] },
  {
    name: 'the broadcast address is given too',
    pools: [MAIN],
    taken: ['192.0.2.0', '192.0.2.1', '192.0.2.2'],
    gets: ['main', '192.0.2.3'],
  },
  { name: 'the lowest gap', pools: [MAIN], taken: ['192.0.2.0', '192.0.2.2'], gets: ['main', '192.0.2.1'] },
  {
    name: 'a full pool gives nothing',
    pools: [MAIN],
    taken: ['192.0.2.0', '192.0.2.1', '192.0.2.2', '192.0.2.3'],
    gets: [],
  },
  { name: 'the host bits of a CIDR do not matter', pools: [open('p', '192.0.2.6/30')], gets: ['p', '192.0.2.4'] },
  { name: 'from-to begins where it says', pools: [open('p', '192.0.2.7-192.0.2.9')], gets: ['p', '192.0.2.7'] },
  {
    name: 'from-to crosses octets in ascending order',
    pools: [open('p', '192.0.2.255-192.0.3.1')],
    taken: ['192.0.2.255'],
    gets: ['p', '192.0.3.0'],
  },
  { name: 'the last IPv4 there is', pools: [open('p', '255.255.255.255/32')], gets: ['p', '255.255.255.255'] },
  { name: 'an IPv6 network address', pools: [DUAL], wish: V6, gets: ['dual', '2001:db8::'] },
  {
    name: 'an IPv6 range past a group',
    pools: [open('p', '2001:db8::ffff-2001:db8::1:1')],
    taken: ['2001:db8::ffff'],
    wish: V6,
    gets: ['p', '2001:db8::1:0'],
  },
  // several ranges
  {
    name: 'ranges stand in the order of spec.addresses, not of their IPs',
    pools: [open('p', '192.0.2.8/30', '192.0.2.0/30')],
    gets: ['p', '192.0.2.8'],
  },
  {
    name: 'the next range when one is full',
    pools: [open('p', '192.0.2.9/32', '192.0.2.1/32')],
    taken: ['192.0.2.9'],
    gets: ['p', '192.0.2.1'],
  },
  {
    name: 'ranges of the other family are passed over',
    pools: [open('p', '2001:db8::/64', '192.0.2.1/32')],
    gets: ['p', '192.0.2.1'],
  },
  // avoidBuggyIPs
  { name: 'avoidBuggyIPs skips .0', pools: [avoiding('p', '192.0.2.0/24')], gets: ['p', '192.0.2.1'] },
  {
    name: 'avoidBuggyIPs skips .255 and the next .0',
    pools: [avoiding('p', '192.0.2.254-192.0.3.5')],
    taken: ['192.0.2.254'],
    gets: ['p', '192.0.3.1'],
  },
  { name: 'avoidBuggyIPs leaves nothing of a /32 with .0', pools: [avoiding('p', '192.0.2.0/32')], gets: [] },
  {
    name: 'avoidBuggyIPs leaves IPv6 alone',
    pools: [avoiding('p', '2001:db8::/64')],
    wish: V6,
    gets: ['p', '2001:db8::'],
  },
  {
    name: 'avoidBuggyIPs holds for an IP to share as well',
    pools: [avoiding('p', '192.0.2.0/30')],
    shared: { '192.0.2.0': service('other', sharing('k', 443)) },
    wish: asking(sharing('k', 80)),
    gets: ['p', '192.0.2.1'],
  },
  // avoid
  {
    name: 'an IP to avoid is passed over',
    pools: [MAIN],
    wish: { avoid: new Set([ip('192.0.2.0')]) },
    gets: ['main', '192.0.2.1'],
  },
  {
    name: 'an IP to avoid is not shared either',
    pools: [MAIN],
    shared: { '192.0.2.0': service('other', sharing('k', 443)) },
    wish: { ...asking(sharing('k', 80)), avoid: new Set([ip('192.0.2.0')]) },
    gets: ['main', '192.0.2.1'],
  },
  // order of pools
  {
    name: 'pools without serviceAllocation by name',
    pools: [open('b', '192.0.2.0/30'), open('a', '198.51.100.0/30')],
    gets: ['a', '198.51.100.0'],
  },
  { name: 'a pool without autoAssign is not used by itself', pools: [noAuto('a', '192.0.2.0/30')], gets: [] },
  {
    name: 'a dedicated pool goes before an open one',
    pools: [open('a', '192.0.2.0/30'), dedicated('z', '198.51.100.0/30', { namespaces: ['default'] })],
    gets: ['z', '198.51.100.0'],
  },
  {
    name: 'a full dedicated pool leaves the open one',
    pools: [open('a', '192.0.2.0/30'), dedicated('z', '198.51.100.0/32', { namespaces: ['default'] })],
    taken: ['198.51.100.0'],
    gets: ['a', '192.0.2.0'],
  },
  {
    name: 'a dedicated pool of another namespace is not used',
    pools: [dedicated('a', '192.0.2.0/30', { namespaces: ['other'] })],
    gets: [],
  },
  {
    name: 'the lower priority number goes first, 0 last',
    pools: [
      dedicated('a', '192.0.2.0/30', { namespaces: ['default'] }),
      dedicated('b', '198.51.100.0/30', { namespaces: ['default'], priority: 20 }),
      dedicated('c', '203.0.113.0/30', { namespaces: ['default'], priority: 10 }),
    ],
    gets: ['c', '203.0.113.0'],
  },
  {
    name: 'any priority goes before 0',
    pools: [
      dedicated('a', '192.0.2.0/30', { namespaces: ['default'], priority: 0 }),
      dedicated('b', '198.51.100.0/30', { namespaces: ['default'], priority: 2000 }),
    ],
    gets: ['b', '198.51.100.0'],
  },
  {
    name: 'equal priorities by name',
    pools: [
      dedicated('b', '192.0.2.0/30', { namespaces: ['default'], priority: 5 }),
      dedicated('a', '198.51.100.0/30', { namespaces: ['default'], priority: 5 }),
    ],
    gets: ['a', '198.51.100.0'],
  },
  {
    name: 'a dedicated pool without autoAssign is not used by itself',
    pools: [pool('a', ['192.0.2.0/30'], { autoAssign: false, serviceAllocation: { namespaces: ['default'] } })],
    gets: [],
  },
  // selectors
  {
    name: 'a namespace selector that matches',
    pools: [dedicated('a', '192.0.2.0/30', { namespaceSelectors: [selects({ team: 'red' })] })],
    namespaces: { default: { team: 'red' } },
    gets: ['a', '192.0.2.0'],
  },
  {
    name: 'a namespace selector that matches another namespace',
    pools: [dedicated('a', '192.0.2.0/30', { namespaceSelectors: [selects({ team: 'red' })] })],
    namespaces: { other: { team: 'red' } },
    gets: [],
  },
  {
    name: 'a namespace selector that matches none is not used by itself',
    pools: [dedicated('a', '192.0.2.0/30', { namespaceSelectors: [selects({ team: 'red' })] })],
    gets: [],
  },
  {
    name: 'a namespace selector that matches none is open to everybody by name',
    pools: [dedicated('a', '192.0.2.0/30', { namespaceSelectors: [selects({ team: 'red' })] })],
    wish: { pool: 'a' },
    gets: ['a', '192.0.2.0'],
  },
  {
    name: 'a service selector that matches',
    pools: [dedicated('a', '192.0.2.0/30', { serviceSelectors: [selects({ tier: 'edge' })] })],
    wish: asking(metadata({ labels: { tier: 'edge' } })),
    gets: ['a', '192.0.2.0'],
  },
  {
    name: 'a service selector that does not match',
    pools: [dedicated('a', '192.0.2.0/30', { serviceSelectors: [selects({ tier: 'edge' })] })],
    gets: [],
  },
  {
    name: 'a service selector alone counts although a namespace selector matches none',
    pools: [
      dedicated('a', '192.0.2.0/30', {
        namespaceSelectors: [selects({ team: 'red' })],
        serviceSelectors: [selects({ tier: 'edge' })],
      }),
    ],
    wish: asking(metadata({ labels: { tier: 'edge' } })),
    gets: ['a', '192.0.2.0'],
  },
  {
    name: 'the right namespace with the wrong labels',
    pools: [dedicated('a', '192.0.2.0/30', { namespaces: ['default'], serviceSelectors: [selects({ tier: 'edge' })] })],
    gets: [],
  },
  {
    name: 'a priority alone admits everybody',
    pools: [open('a', '198.51.100.0/30'), dedicated('b', '192.0.2.0/30', { priority: 50 })],
    gets: ['b', '192.0.2.0'],
  },
  // a pool by name
  {
    name: 'the pool that is named',
    pools: [MAIN, open('second', '198.51.100.0/30')],
    wish: { pool: 'second' },
    gets: ['second', '198.51.100.0'],
  },
  {
    name: 'a named pool needs no autoAssign',
    pools: [noAuto('a', '192.0.2.0/30')],
    wish: { pool: 'a' },
    gets: ['a', '192.0.2.0'],
  },
  { name: 'a named pool that does not exist', pools: [MAIN], wish: { pool: 'gone' }, gets: [] },
  {
    name: 'a named pool that does not admit the Service',
    pools: [dedicated('a', '192.0.2.0/30', { namespaces: ['other'] })],
    wish: { pool: 'a' },
    gets: [],
  },
  {
    name: 'a named pool that is full, whatever others have',
    pools: [MAIN, open('small', '198.51.100.0/32')],
    taken: ['198.51.100.0'],
    wish: { pool: 'small' },
    gets: [],
  },
  // sharing
  {
    name: 'an IP to share comes before a free one behind it',
    pools: [MAIN],
    shared: { '192.0.2.0': service('other', sharing('k', 443)) },
    wish: asking(sharing('k', 80)),
    gets: ['main', '192.0.2.0'],
  },
  {
    name: 'a free IP comes before one to share behind it',
    pools: [MAIN],
    shared: { '192.0.2.2': service('other', sharing('k', 443)) },
    wish: asking(sharing('k', 80)),
    gets: ['main', '192.0.2.0'],
  },
  {
    name: 'the lowest of three IPs to share, whatever their order',
    pools: [MAIN],
    taken: ['192.0.2.0'],
    shared: {
      '192.0.2.2': service('b', sharing('k', 443)),
      '192.0.2.1': service('a', sharing('k', 443)),
      '192.0.2.3': service('c', sharing('k', 443)),
    },
    wish: asking(sharing('k', 80)),
    gets: ['main', '192.0.2.1'],
  },
  {
    name: 'an IP to share in the first range comes before a free one in the second',
    pools: [open('p', '192.0.2.9/32', '192.0.2.1/32')],
    shared: { '192.0.2.9': service('other', sharing('k', 443)) },
    wish: asking(sharing('k', 80)),
    gets: ['p', '192.0.2.9'],
  },
  {
    name: 'no sharing on the same port',
    pools: [MAIN],
    shared: { '192.0.2.0': service('other', sharing('k', 80)) },
    wish: asking(sharing('k', 80)),
    gets: ['main', '192.0.2.1'],
  },
  {
    name: 'no sharing under another key',
    pools: [MAIN],
    shared: { '192.0.2.0': service('other', sharing('k', 443)) },
    wish: asking(sharing('l', 80)),
    gets: ['main', '192.0.2.1'],
  },
  {
    name: 'no sharing without a key',
    pools: [MAIN],
    shared: { '192.0.2.0': service('other', sharing('', 443)) },
    gets: ['main', '192.0.2.1'],
  },
  {
    name: 'no sharing with other backends',
    pools: [MAIN],
    shared: { '192.0.2.0': service('other', sharing('k', 443), spec({ externalTrafficPolicy: 'Local' })) },
    wish: asking(sharing('k', 80)),
    gets: ['main', '192.0.2.1'],
  },
  {
    name: 'a full pool still has an IP to share',
    pools: [open('p', '192.0.2.0/31')],
    taken: ['192.0.2.0'],
    shared: { '192.0.2.1': service('other', sharing('k', 443)) },
    wish: asking(sharing('k', 80)),
    gets: ['p', '192.0.2.1'],
  },
  {
    name: 'an IP to share outside of the pools is out of reach',
    pools: [open('p', '192.0.2.0/31')],
    shared: { '198.51.100.1': service('other', sharing('k', 443)) },
    wish: asking(sharing('k', 80)),
    gets: ['p', '192.0.2.0'],
  },
  {
    name: 'each family shares for itself',
    pools: [DUAL],
    shared: { '2001:db8::': service('other', sharing('k', 443)) },
    wish: { ...BOTH, ...asking(sharing('k', 80)) },
    gets: ['dual', '203.0.113.0', '2001:db8::'],
  },
  // both families
  {
    name: 'both families from one pool, IPv4 first',
    pools: [DUAL],
    wish: BOTH,
    gets: ['dual', '203.0.113.0', '2001:db8::'],
  },
  {
    name: 'IPv4 first also where IPv6 is primary',
    pools: [DUAL],
    wish: { families: ['IPv6', 'IPv4'] },
    gets: ['dual', '203.0.113.0', '2001:db8::'],
  },
  {
    name: 'both families never from two pools',
    pools: [MAIN, open('six', '2001:db8:6::/64')],
    wish: BOTH,
    gets: [],
  },
  {
    name: 'the first pool that has both',
    pools: [MAIN, DUAL],
    wish: BOTH,
    gets: ['dual', '203.0.113.0', '2001:db8::'],
  },
  {
    name: 'prefer: a pool with both goes before a better priority with one',
    pools: [
      dedicated('four', '192.0.2.0/30', { namespaces: ['default'], priority: 1 }),
      pool('both', ['203.0.113.0/30', '2001:db8::/64'], {
        serviceAllocation: { namespaces: ['default'], priority: 9 },
      }),
    ],
    wish: PREFER,
    gets: ['both', '203.0.113.0', '2001:db8::'],
  },
  {
    name: 'prefer: a dedicated pool with one family goes before an open one with both',
    pools: [dedicated('four', '192.0.2.0/30', { namespaces: ['default'] }), DUAL],
    wish: PREFER,
    gets: ['four', '192.0.2.0'],
  },
  {
    name: 'prefer: the primary family where no pool has both',
    pools: [open('a', '2001:db8:6::/64'), MAIN],
    wish: PREFER,
    gets: ['main', '192.0.2.0'],
  },
  {
    name: 'prefer: the primary family is IPv6 for this Service',
    pools: [MAIN, open('z', '2001:db8:6::/64')],
    wish: PREFER_V6,
    gets: ['z', '2001:db8:6::'],
  },
  {
    name: 'prefer: the other family where the primary has nothing',
    pools: [open('z', '2001:db8:6::/64')],
    wish: PREFER,
    gets: ['z', '2001:db8:6::'],
  },
  {
    name: 'prefer: one family is enough in a named pool',
    pools: [DUAL, MAIN],
    wish: { ...PREFER, pool: 'main' },
    gets: ['main', '192.0.2.0'],
  },
  { name: 'a named pool without the second family', pools: [MAIN], wish: { ...BOTH, pool: 'main' }, gets: [] },
  // nothing to choose from
  { name: 'no pools', pools: [], gets: [] },
  { name: 'no family wanted', pools: [MAIN], wish: { families: [] }, gets: [] },
];

for (const row of ROWS) {
  test(`choose: ${row.name}`, () => {
    const holdings = new Holdings();
    for (const text of row.taken ?? []) holdings.take(ip(text), view(`holder-${text}`));
    for (const [text, holder] of Object.entries(row.shared ?? {})) holdings.take(ip(text), serviceToView(holder));
    const allocator = new Allocator(holdings);
    allocator.setPools(pools(row.pools, row.namespaces));
    const choice = allocator.choose({ ...PLAIN, ...row.wish });
    assert.deepEqual(choice ? [choice.pool, ...choice.ips] : [], row.gets);
  });
}

test('choose: nothing before the pools are known', () => {
  const allocator = new Allocator(new Holdings());
  assert.equal(allocator.choose(PLAIN), undefined);
  allocator.setPools(pools([MAIN]));
  allocator.setPools({ kind: 'unknown' });
  assert.equal(allocator.choose(PLAIN), undefined);
});
