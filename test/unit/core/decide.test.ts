import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decideStatusWrite } from '../../../src/core/decide.ts';
import { reasonOf } from '../../../src/core/decision.ts';
import type { Facts } from '../../../src/core/facts.ts';
import { Ledger } from '../../../src/core/ledger/ledger.ts';
import type { Pools } from '../../../src/core/metallb/pool.ts';
import type { IpAddress } from '../../../src/core/net/ip.ts';
import type { Reason } from '../../../src/core/reasons.ts';
import { serviceToView } from '../../../src/review/service-to-view.ts';
import { pool, pools } from '../../gen/pool.ts';
import {
  annotations,
  dualStack,
  ingress,
  ips,
  type Mod,
  metadata,
  type ServiceJson,
  service,
  sharing,
  spec,
  view,
} from '../../gen/service.ts';

const X = '192.0.2.7';
const Y = '192.0.2.8';
const V6 = '2001:db8::7';
const POOLS = pools([pool('main', ['192.0.2.0/24', '2001:db8::/64']), pool('second', ['198.51.100.0/24'])]);
const NO_POOLS: Pools = { kind: 'unknown' };
const NOW = Date.parse('2026-06-01T00:00:00Z');

interface Row {
  readonly name: string;
  readonly was: readonly Mod[];
  readonly becomes: Mod;
  /** Other Services, oldest first. */
  readonly others?: readonly ServiceJson[];
  /** True when the ledger knows the others before this Service. */
  readonly othersFirst?: boolean;
  readonly pools?: Pools;
  readonly classes?: readonly string[];
  readonly reason: Reason;
}

const request = (value: string): Mod => annotations({ 'metallb.io/loadBalancerIPs': value });
const poolRequest = (value: string): Mod => annotations({ 'metallb.io/address-pool': value });
const allow = (value: string): Mod => annotations({ 'holdfast.dev/allow-move': value });
const none: Mod = ips();

const ROWS: readonly Row[] = [
  // nothing that matters
  { name: 'order of two IPs', was: [dualStack(), ips(X, V6)], becomes: ips(V6, X), reason: 'Unchanged' },
  { name: 'text form of an IPv6', was: [ips(V6)], becomes: ips('2001:DB8:0:0::7'), reason: 'Unchanged' },
  { name: 'ipMode', was: [ips(X)], becomes: ingress({ ip: X, ipMode: 'Proxy' }), reason: 'Unchanged' },
  {
    name: 'ports and hostname',
    was: [ips(X)],
    becomes: ingress({ ip: X, hostname: 'h', ports: [] }),
    reason: 'Unchanged',
  },
  { name: 'a hostname only comes', was: [none], becomes: ingress({ hostname: 'h' }), reason: 'Unchanged' },
  // gains
  { name: 'a first IP that is free', was: [none], becomes: ips(X), reason: 'Assigned' },
  { name: 'growing to dual stack', was: [dualStack(), ips(X)], becomes: ips(X, V6), reason: 'Assigned' },
  { name: 'a third entry that is free', was: [ips(X)], becomes: ips(X, Y, V6), reason: 'Assigned' },
  { name: 'an IP in no pool', was: [none], becomes: ips('203.0.113.1'), reason: 'NotGuarded' },
  {
    name: 'an IP that another holds and shares',
    was: [sharing('k', 443)],
    becomes: ips(X),
    others: [service('owner', ips(X), sharing('k', 80))],
    reason: 'Assigned',
  },
  // thefts
  {
    name: 'an IP that another holds',
    was: [none],
    becomes: ips(X),
    others: [service('owner', ips(X))],
    reason: 'Theft',
  },
  {
    name: 'an IP that a Service of another class holds',
    was: [none],
    becomes: ips(X),
    others: [service('cloud', ips(X), spec({ loadBalancerClass: 'cloud.example/lb' }))],
    reason: 'Theft',
  },
  {
    name: 'an IP written in another form',
    was: [none],
    becomes: ips('::ffff:192.0.2.7'),
    others: [service('owner', ips(X))],
    reason: 'Theft',
  },
  {
    name: 'a move onto the IP of another: the theft names it',
    was: [ips(Y)],
    becomes: ips(X),
    others: [service('owner', ips(X))],
    reason: 'Theft',
  },
  {
    name: 'an IP of another with the same key and port',
    was: [sharing('k', 80)],
    becomes: ips(X),
    others: [service('owner', ips(X), sharing('k', 80))],
    reason: 'Theft',
  },
  {
    name: 'a requested IP that another holds is a theft all the same',
    was: [request(X)],
    becomes: ips(X),
    others: [service('owner', ips(X))],
    reason: 'Theft',
  },
  {
    name: 'two Services of another class may do as they like outside the pools',
    was: [spec({ loadBalancerClass: 'x/y' })],
    becomes: ips('203.0.113.1'),
    others: [service('owner', ips('203.0.113.1'), spec({ loadBalancerClass: 'x/y' }))],
    reason: 'NotGuarded',
  },
  {
    name: 'without any pool the class decides',
    was: [none],
    becomes: ips('203.0.113.1'),
    others: [service('owner', ips('203.0.113.1'))],
    pools: NO_POOLS,
    reason: 'Theft',
  },
  // moves
  { name: 'another IP without a reason', was: [ips(X)], becomes: ips(Y), reason: 'Move' },
  { name: 'a cleared status', was: [ips(X)], becomes: none, reason: 'Move' },
  { name: 'a hostname instead of the IP', was: [ips(X)], becomes: ingress({ hostname: 'h' }), reason: 'Move' },
  {
    name: 'cleared while no pool exists (MetalLB #2887)',
    was: [ips(X)],
    becomes: none,
    pools: pools([]),
    reason: 'Move',
  },
  {
    name: 'one of two families lost',
    was: [dualStack(), ips(X, V6)],
    becomes: ips(V6),
    reason: 'Move',
  },
  { name: 'a request that includes the IP', was: [ips(X), request(X)], becomes: ips(Y), reason: 'Move' },
  { name: 'an invalid request', was: [ips(X), request('nonsense')], becomes: none, reason: 'Move' },
  {
    name: 'both ways of requesting at once are an error, not a request',
    was: [ips(X), request(Y), spec({ loadBalancerIP: Y })],
    becomes: ips(Y),
    reason: 'Move',
  },
  {
    name: 'a pin is not a request',
    was: [ips(X), annotations({ 'metallb.universe.tf/loadBalancerIPs': Y, 'holdfast.dev/pin': Y })],
    becomes: ips(Y),
    reason: 'Move',
  },
  { name: 'an unknown pool requested', was: [ips(X), poolRequest('gone')], becomes: none, reason: 'Move' },
  { name: 'the same pool requested', was: [ips(X), poolRequest('main')], becomes: none, reason: 'Move' },
  {
    name: 'break-glass for another IP',
    was: [ips(X), allow(`${Y} until=2027-01-01T00:00Z reason=x`)],
    becomes: ips(Y),
    reason: 'Move',
  },
  {
    name: 'break-glass that expired',
    was: [ips(X), allow(`${X} until=2026-05-31T23:59Z reason=x`)],
    becomes: ips(Y),
    reason: 'Move',
  },
  {
    name: 'break-glass without a reason',
    was: [ips(X), allow(`${X} until=2027-01-01T00:00Z`)],
    becomes: ips(Y),
    reason: 'Move',
  },
  {
    name: 'the rightful holder of a duplicate stays',
    was: [ips(X)],
    becomes: ips(Y),
    others: [service('later', ips(X))],
    reason: 'Move',
  },
  // releases
  { name: 'type changed', was: [ips(X), spec({ type: 'ClusterIP' })], becomes: none, reason: 'Unchanged' },
  {
    name: 'deleting',
    was: [ips(X), metadata({ deletionTimestamp: '2026-06-01T00:00:00Z' })],
    becomes: none,
    reason: 'Deleting',
  },
  { name: 'another class', was: [ips(X), spec({ loadBalancerClass: 'x/y' })], becomes: none, reason: 'ClassChanged' },
  {
    name: 'a class that is guarded too',
    was: [ips(X), spec({ loadBalancerClass: 'x/y' })],
    becomes: none,
    classes: ['x/y'],
    reason: 'Move',
  },
  { name: 'in no pool any more', was: [ips('203.0.113.1')], becomes: ips(X), reason: 'PoolGone' },
  {
    name: 'in a pool that is missing and expected back',
    was: [ips('203.0.113.1')],
    becomes: ips(X),
    pools: { ...POOLS, missing: [{ pool: pool('gone', ['203.0.113.0/24']), until: NOW + 1 }] },
    reason: 'Move',
  },
  {
    name: 'in a pool that did not come back in time',
    was: [ips('203.0.113.1')],
    becomes: ips(X),
    pools: { ...POOLS, missing: [{ pool: pool('gone', ['203.0.113.0/24']), until: NOW }] },
    reason: 'PoolGone',
  },
  { name: 'another IP requested by annotation', was: [ips(X), request(Y)], becomes: ips(Y), reason: 'RequestChanged' },
  {
    name: 'another IP requested by spec',
    was: [ips(X), spec({ loadBalancerIP: Y })],
    becomes: ips(Y),
    reason: 'RequestChanged',
  },
  {
    name: 'another pool requested',
    was: [ips(X), poolRequest('second')],
    becomes: ips('198.51.100.1'),
    reason: 'PoolRequestChanged',
  },
  {
    name: 'avoidBuggyIPs switched on',
    was: [ips('192.0.2.255')],
    becomes: ips(X),
    pools: pools([pool('main', ['192.0.2.0/24'], { avoidBuggyIPs: true })]),
    reason: 'PoolIncompatible',
  },
  {
    name: 'avoidBuggyIPs and an IP that it does not concern',
    was: [ips(X)],
    becomes: ips(Y),
    pools: pools([pool('main', ['192.0.2.0/24'], { avoidBuggyIPs: true })]),
    reason: 'Move',
  },
  {
    name: 'the pool is for other namespaces now',
    was: [ips(X)],
    becomes: none,
    pools: pools([pool('main', ['192.0.2.0/24'], { serviceAllocation: { namespaces: ['other'] } })]),
    reason: 'PoolIncompatible',
  },
  {
    name: 'the pool is for this namespace by label',
    was: [ips(X)],
    becomes: none,
    pools: pools(
      [pool('main', ['192.0.2.0/24'], { serviceAllocation: { namespaceSelectors: [{ matchLabels: { team: 'a' } }] } })],
      { default: { team: 'a' } },
    ),
    reason: 'Move',
  },
  {
    name: 'a namespace selector that selects nothing restricts nothing, as in MetalLB',
    was: [ips(X)],
    becomes: none,
    pools: pools([
      pool('main', ['192.0.2.0/24'], { serviceAllocation: { namespaceSelectors: [{ matchLabels: { team: 'a' } }] } }),
    ]),
    reason: 'Move',
  },
  {
    name: 'the pool is for Services with another label',
    was: [ips(X), metadata({ labels: { tier: 'back' } })],
    becomes: none,
    pools: pools([
      pool('main', ['192.0.2.0/24'], {
        serviceAllocation: {
          serviceSelectors: [{ matchExpressions: [{ key: 'tier', operator: 'In', values: ['front'] }] }],
        },
      }),
    ]),
    reason: 'PoolIncompatible',
  },
  {
    name: 'family dropped',
    was: [spec({ ipFamilies: ['IPv4'] }), ips(X, V6)],
    becomes: ips(X),
    reason: 'FamilyDropped',
  },
  {
    name: 'the surviving family must stay when the other is dropped',
    was: [spec({ ipFamilies: ['IPv4'] }), ips(X, V6)],
    becomes: ips(Y),
    reason: 'Move',
  },
  {
    name: 'the later of two duplicates goes',
    was: [ips(X)],
    becomes: ips(Y),
    others: [service('older', ips(X))],
    othersFirst: true,
    reason: 'DuplicateResolved',
  },
  {
    name: 'break-glass',
    was: [ips(X), allow(`${X} until=2027-01-01T00:00Z reason=renumbering`)],
    becomes: ips(Y),
    reason: 'Allowed',
  },
  // bad text
  { name: 'leading zeros', was: [none], becomes: ips('192.0.02.7'), reason: 'MalformedIp' },
  { name: 'a zone id', was: [none], becomes: ips('fe80::1%eth0'), reason: 'MalformedIp' },
  {
    name: 'bad text that was there before',
    was: [ips('192.0.02.7')],
    becomes: ips('192.0.02.7', X),
    reason: 'Assigned',
  },
  { name: 'bad text gives way to an IP', was: [ips('192.0.02.7')], becomes: ips(X), reason: 'Assigned' },
];

for (const row of ROWS) {
  test(`${row.name}: ${row.reason}`, () => {
    const facts = factsOf(row);
    assert.equal(reasonOf(decideStatusWrite(facts)), row.reason);
  });
}

test('Services that shared an IP may part when one of them makes sharing illegal', () => {
  const ledger = new Ledger();
  ledger.upsert(view('a', ips(X), sharing('k', 80)));
  ledger.upsert(view('b', ips(X), sharing('k', 443)));
  const edited = service('b', ips(X), sharing('k', 80));
  ledger.upsert(serviceToView(edited));
  const facts = factsFrom(ledger, edited, ips(Y)(edited), { pools: POOLS });
  const decision = decideStatusWrite(facts);
  assert.deepEqual(decision, {
    kind: 'allow',
    reason: 'SharingBroken',
    effects: [
      { kind: 'release', ip: X, because: 'SharingBroken' },
      { kind: 'hold', ip: Y },
    ],
  });
});

test('a refusal names the IP, both Services, the reason and the way out', () => {
  const decision = decideStatusWrite(
    factsOf({ name: '', was: [none], becomes: ips(X), others: [service('owner', ips(X))], reason: 'Theft' }),
  );
  assert.equal(decision.kind, 'refuse');
  if (decision.kind !== 'refuse') return;
  const [{ message }] = decision.violations;
  for (const part of [X, 'default/owner', 'default/subject', 'neither asks to share', 'To hand it over']) {
    assert.ok(message.includes(part), `${part} is in: ${message}`);
  }
});

function factsOf(row: Row): Facts {
  const was = service('subject', ...row.was);
  const ledger = new Ledger();
  const others = (row.others ?? []).map(serviceToView);
  const subject = serviceToView(was);
  for (const one of row.othersFirst ? [...others, subject] : [subject, ...others]) ledger.upsert(one);
  return factsFrom(ledger, was, row.becomes(was), { pools: row.pools ?? POOLS, classes: row.classes ?? [] });
}

function factsFrom(
  ledger: Ledger,
  wasJson: ServiceJson,
  becomesJson: ServiceJson,
  world: { readonly pools: Pools; readonly classes?: readonly string[] },
): Facts {
  const [was, becomes] = [serviceToView(wasJson), serviceToView(becomesJson)];
  const atStake = [...was.assigned, ...becomes.assigned];
  const notSelf = (ip: IpAddress) => ledger.holdersOf(ip).filter(({ service: s }) => s.ref.uid !== was.ref.uid);
  return {
    was,
    becomes,
    otherHolders: new Map(atStake.map((ip) => [ip, notSelf(ip)])),
    rightfulFor: atStake.filter((ip) => (ledger.holdersOf(ip)[0]?.service.ref.uid ?? was.ref.uid) === was.ref.uid),
    pools: world.pools,
    scope: { classes: world.classes ?? [] },
    now: NOW,
  };
}
