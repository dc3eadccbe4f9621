import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ClusterState } from '../../../../src/app/cluster-state.ts';
import type { Claim } from '../../../../src/core/claims/claim.ts';
import { StickyIps } from '../../../../src/core/claims/pressure.ts';
import type { Pool } from '../../../../src/core/metallb/pool.ts';
import type { Family, IpAddress } from '../../../../src/core/net/ip.ts';
import { serviceToView } from '../../../../src/review/service-to-view.ts';
import { claimHolder, ipOf, storedClaim } from '../../../gen/claim.ts';
import { pool, pools } from '../../../gen/pool.ts';
import { ips, type ServiceJson, service, view } from '../../../gen/service.ts';
import { Random } from '../../../parity/random.ts';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const [A, B] = ['192.0.2.1', '192.0.2.2'];
const [A6, B6] = ['2001:db8::1', '2001:db8::2'];
const S = '198.51.100.1';
const MAIN = pool('main', ['192.0.2.0/24', '2001:db8::/64']);
const SECOND = pool('second', ['198.51.100.0/24']);

/** The claim of a Service that has been gone for so many minutes. */
const gone = (ip: string, minutes: number): Claim =>
  storedClaim(ip, [claimHolder(`gone-${ip}`, { goneSince: NOW - minutes * 60_000 })]);

interface Row {
  readonly name: string;
  readonly claims: readonly Claim[];
  readonly services?: readonly ServiceJson[];
  readonly pools?: readonly Pool[];
  readonly families?: readonly Family[];
  readonly pool?: string;
  readonly avoid?: readonly string[];
  readonly expected: string | undefined;
}

const rows: readonly Row[] = [
  { name: 'nothing waits', claims: [], expected: undefined },
  { name: 'the one that has waited longest', claims: [gone(A, 1), gone(B, 9), gone(S, 5)], expected: `main ${B}` },
  {
    name: 'in the pool that is wanted only',
    claims: [gone(A, 9), gone(S, 1)],
    pool: 'second',
    expected: `second ${S}`,
  },
  { name: 'not one whose time is over: it is free', claims: [gone(A, 60)], expected: undefined },
  { name: 'not one that is held', claims: [storedClaim(A, [claimHolder('a', { since: NOW })])], expected: undefined },
  {
    name: 'not one that another Service holds beside the name',
    claims: [storedClaim(A, [claimHolder('a', { since: NOW }), claimHolder('b', { goneSince: NOW - 1 })])],
    expected: undefined,
  },
  {
    name: 'not one that is in a status',
    claims: [gone(A, 9)],
    services: [service('late', ips(A))],
    expected: undefined,
  },
  { name: 'not one that was tried already', claims: [gone(A, 9), gone(B, 1)], avoid: [A], expected: `main ${B}` },
  { name: 'not one in no pool', claims: [gone('203.0.113.1', 9)], expected: undefined },
  {
    name: 'not one that the pool avoids',
    claims: [gone('192.0.2.0', 9)],
    pools: [pool('main', ['192.0.2.0/24'], { avoidBuggyIPs: true })],
    expected: undefined,
  },
  {
    name: 'not one of a pool without autoAssign',
    claims: [gone(A, 9)],
    pools: [pool('main', ['192.0.2.0/24'], { autoAssign: false })],
    expected: undefined,
  },
  {
    name: 'one of a pool without autoAssign that is wanted by name',
    claims: [gone(A, 9)],
    pools: [pool('main', ['192.0.2.0/24'], { autoAssign: false })],
    pool: 'main',
    expected: `main ${A}`,
  },
  {
    name: 'not one of a pool that excludes the Service',
    claims: [gone(A, 9)],
    pools: [pool('main', ['192.0.2.0/24'], { serviceAllocation: { priority: 0, namespaces: ['shop'] } })],
    expected: undefined,
  },
  {
    name: 'of the family that is wanted',
    claims: [gone(A, 9), gone(A6, 1)],
    families: ['IPv6'],
    expected: `main ${A6}`,
  },
  {
    name: 'of both families, each the oldest, in one pool',
    claims: [gone(S, 20), gone(A, 9), gone(A6, 1), gone(B6, 2)],
    families: ['IPv4', 'IPv6'],
    expected: `main ${A},${B6}`,
  },
  { name: 'both families or none', claims: [gone(A, 9)], families: ['IPv4', 'IPv6'], expected: undefined },
];

describe('the IP that is given up under pressure', () => {
  for (const { name, claims, services = [], pools: known = [MAIN, SECOND], ...row } of rows) {
    test(`${name}: ${row.expected ?? 'none'}`, () => {
      const state = new ClusterState({ graceMs: 120_000, stickyMs: 3_600_000 }, { now: () => NOW });
      for (const made of services) state.ledger.upsert(serviceToView(made));
      state.book.replaceAll(claims, 1);
      const avoid: ReadonlySet<IpAddress> = new Set((row.avoid ?? []).map(ipOf));
      const families = row.families ?? (['IPv4'] as const);
      const wish = { service: view('new'), families, preferDualStack: false, avoid };
      const bound = row.pool === undefined ? wish : { ...wish, pool: row.pool };
      const choice = new StickyIps(state.ownership).oldest(bound, pools(known), NOW);
      assert.equal(choice && `${choice.pool} ${choice.ips.join()}`, row.expected);
    });
  }

  test('a deletion that was only seen waits from now on, so that marked ones go first', () => {
    const state = new ClusterState({ graceMs: 120_000, stickyMs: 3_600_000 }, { now: () => NOW });
    state.ledger.upsert(view('a'));
    state.ledger.remove('uid-a');
    state.book.replaceAll([storedClaim(A, [claimHolder('a')]), gone(B, 1)], 1);
    const wish = { service: view('new'), families: ['IPv4'], preferDualStack: false } as const;
    assert.deepEqual(new StickyIps(state.ownership).oldest(wish, pools([MAIN]), NOW)?.ips, [B]);
  });

  const WISH = { service: view('new'), families: ['IPv4'], preferDualStack: false } as const;
  const AT = pools([MAIN]);
  const POOL_IPS = Array.from({ length: 6 }, (_, i) => ipOf(`192.0.2.${1 + i}`));

  test('of a thousand that ask in vain, only the first looks at every claim', () => {
    const state = new ClusterState({ graceMs: 120_000, stickyMs: 3_600_000 }, { now: () => NOW });
    state.book.replaceAll([gone(A, 9), gone(B, 1)], 1);
    let looks = 0;
    const all = state.book.all.bind(state.book);
    state.book.all = () => {
      looks += 1;
      return all();
    };
    const sticky = new StickyIps(state.ownership);
    const ipv6 = { ...WISH, families: ['IPv6'] as const };
    for (let i = 0; i < 1_000; i += 1) assert.equal(sticky.oldest(ipv6, AT, NOW + (i % 10)), undefined);
    assert.equal(looks, 1);
    assert.equal(sticky.oldest(WISH, AT, NOW + 10)?.ips[0], A);
    assert.equal(looks, 1);
    state.book.put(gone(A6, 1));
    assert.equal(sticky.oldest(ipv6, AT, NOW + 20)?.ips[0], A6, 'one that has just begun to wait is found at once');
    assert.equal(looks, 2);
  });

  test('what was found is looked at again before it is given, and whoever could have one gets one', () => {
    const random = new Random(5);
    for (let round = 0; round < 40; round += 1) {
      const state = new ClusterState({ graceMs: 120_000, stickyMs: 3_600_000 }, { now: () => NOW });
      const sticky = new StickyIps(state.ownership);
      for (let step = 0; step < 40; step += 1) {
        const now = NOW + step * 100;
        const ip = random.pick(POOL_IPS);
        const claim = storedClaim(ip, [
          random.chance(60) ? claimHolder(`gone-${ip}`, { goneSince: now }) : claimHolder('a', { since: now }),
        ]);
        if (random.chance(60)) state.book.put({ ...claim, version: step + 2 });
        else if (random.chance(50)) state.ledger.upsert(serviceToView(service(`holder-${step}`, ips(ip))));
        else state.ledger.remove(`uid-holder-${step - 1}`);
        const avoid = new Set(random.chance(30) ? [ipOf(ip)] : []);
        const ask = (one: StickyIps, not: ReadonlySet<IpAddress>) => one.oldest({ ...WISH, avoid: not }, AT, now);
        const [kept, anew] = [ask(sticky, avoid), ask(new StickyIps(state.ownership), avoid)];
        assert.equal(kept === undefined, anew === undefined, `round ${round}, step ${step}`);
        if (kept === undefined) continue;
        const others = new Set(POOL_IPS.filter((one) => !kept.ips.includes(one)));
        assert.deepEqual(ask(new StickyIps(state.ownership), others), kept, 'it does wait, now');
      }
    }
  });
});
