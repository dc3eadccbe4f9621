import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Allocator, type Choice, type Wish } from '../../src/core/allocator/allocator.ts';
import { blockOf } from '../../src/core/allocator/ip-block.ts';
import { isAvoided, type Pool, type Pools, poolAdmits } from '../../src/core/metallb/pool.ts';
import { type Family, familyOf, type IpAddress, ipFromBigInt, parseIp } from '../../src/core/net/ip.ts';
import type { ServiceView } from '../../src/core/service-view.ts';
import { pool, pools } from '../gen/pool.ts';
import { annotations, metadata, spec, view } from '../gen/service.ts';
import { Holdings } from '../unit/core/allocator/holdings.ts';

// Small ranges around .255 and .0, and around the end of a group, so that pools run full and edges are met.
const RANGES = [
  '10.0.0.252-10.0.1.2',
  '10.0.2.0/30',
  '10.0.3.5/32',
  '10.0.4.254-10.0.5.0',
  'fd00::fffe-fd00::1:1',
  'fd00:0:0:1::/126',
  'fd00:0:0:2::7/128',
];

/** Every IP of a range, by counting: what the allocator must not do. */
function every(range: Pool['ranges'][number]): readonly IpAddress[] {
  const length = Number(range.last - range.first) + 1;
  return Array.from({ length }, (_, i) => ipFromBigInt(range.first + BigInt(i), range.family));
}

const ALL = pool('all', RANGES).ranges.flatMap(every);

const anyAllocation = fc.option(
  fc.record({
    priority: fc.constantFrom(0, 1, 1, 5),
    namespaces: fc.subarray(['red', 'blue']),
    namespaceSelectors: fc.subarray([{ matchLabels: { color: 'red' } }, { matchLabels: { color: 'green' } }]),
    serviceSelectors: fc.subarray([{ matchLabels: { tier: 'edge' } }]),
  }),
  { nil: undefined },
);

/** Pools that do not overlap, as MetalLB demands: each range goes to one of three pools, or to none. */
const anyPools: fc.Arbitrary<Pools> = fc
  .record({
    owners: fc.array(fc.constantFrom(0, 1, 2, 3), { minLength: RANGES.length, maxLength: RANGES.length }),
    order: fc.shuffledSubarray(RANGES, { minLength: RANGES.length }),
    specs: fc.array(
      fc.record({
        autoAssign: fc.constantFrom(true, true, false),
        avoidBuggyIPs: fc.boolean(),
        serviceAllocation: anyAllocation,
      }),
      { minLength: 3, maxLength: 3 },
    ),
  })
  .map(({ owners, order, specs }) =>
    pools(
      specs.map((fields, i) =>
        pool(
          `pool-${2 - i}`,
          order.filter((_, j) => owners[j] === i),
          fields,
        ),
      ),
      { red: { color: 'red' }, blue: {} },
    ),
  );

const anyService: fc.Arbitrary<ServiceView> = fc
  .record({
    namespace: fc.constantFrom('red', 'blue'),
    labels: fc.constantFrom({}, { tier: 'edge' }),
    key: fc.constantFrom('', 'k', 'l'),
    port: fc.constantFrom(80, 443, 8080),
  })
  .map(({ namespace, labels, key, port }) =>
    view(
      'any',
      metadata({ namespace, labels }),
      annotations({ 'metallb.io/allow-shared-ip': key }),
      spec({ ports: [{ port }] }),
    ),
  );

const anyWish: fc.Arbitrary<Wish> = fc
  .record({
    service: anyService,
    families: fc.constantFrom<readonly Family[]>(['IPv4'], ['IPv6'], ['IPv4', 'IPv6'], ['IPv6', 'IPv4']),
    prefer: fc.boolean(),
    avoid: fc.subarray(ALL, { maxLength: 6 }),
    pool: fc.option(fc.constantFrom('pool-0', 'pool-1', 'pool-2', 'gone'), { nil: undefined, freq: 3 }),
  })
  .map(({ service, families, prefer, avoid, pool: named }) => ({
    service,
    families,
    preferDualStack: prefer && families.length === 2,
    avoid: new Set(avoid),
    ...(named === undefined ? {} : { pool: named }),
  }));

type Step =
  | { readonly kind: 'pools'; readonly pools: Pools }
  | { readonly kind: 'take'; readonly ip: IpAddress; readonly service: ServiceView }
  | { readonly kind: 'free'; readonly ip: IpAddress }
  | { readonly kind: 'choose'; readonly wish: Wish; readonly take: boolean };

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('pools' as const), pools: anyPools }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('take' as const), ip: fc.constantFrom(...ALL), service: anyService }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('free' as const), ip: fc.constantFrom(...ALL) }) },
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant('choose' as const), wish: anyWish, take: fc.boolean() }),
  },
);

/** MetalLB's choice by looking at everything. */
function oracle(known: Pools, holdings: Holdings, wish: Wish): Choice | undefined {
  if (known.kind === 'unknown') return undefined;
  const admitting = known.pools.filter((one) => poolAdmits(one, wish.service, known.namespaces));
  if (wish.pool !== undefined)
    return oracleAmong(
      admitting.filter(({ name }) => name === wish.pool),
      holdings,
      wish,
    );
  const automatic = admitting.filter(({ autoAssign }) => autoAssign).sort((a, b) => (a.name < b.name ? -1 : 1));
  const dedicated = [1, 5, 0].flatMap((priority) =>
    automatic.filter((one) => one.allocation?.priority === priority && !isDormant(one, known)),
  );
  const open = automatic.filter(({ allocation }) => allocation === undefined);
  return oracleAmong(dedicated, holdings, wish) ?? oracleAmong(open, holdings, wish);
}

/** Only the green selector, and there is no green namespace: a pool that nobody gets without asking for it. */
function isDormant({ allocation }: Pool, { namespaces }: Extract<Pools, { kind: 'known' }>): boolean {
  assert.ok(allocation && ![...namespaces.values()].some(({ color }) => color === 'green'));
  const [selector, ...more] = allocation.namespaceSelectors;
  const others = allocation.namespaces.length + allocation.serviceSelectors.length + more.length;
  return others === 0 && selector?.matchLabels.color === 'green';
}

function oracleAmong(among: readonly Pool[], holdings: Holdings, wish: Wish): Choice | undefined {
  const { service, families, preferDualStack, avoid } = wish;
  const usable = (one: Pool, ip: IpAddress): boolean =>
    !isAvoided(one, ip) && !avoid?.has(ip) && (!holdings.isTaken(ip) || holdings.mayJoin(ip, service));
  const firsts = among.map((one) => {
    const ips = one.ranges.flatMap(every).filter((ip) => usable(one, ip));
    return {
      pool: one.name,
      IPv4: ips.find((ip) => familyOf(ip) === 'IPv4'),
      IPv6: ips.find((ip) => familyOf(ip) === 'IPv6'),
    };
  });
  const choices = (wanted: readonly Family[]): readonly Choice[] =>
    firsts
      .map((first) => ({ pool: first.pool, ips: [...wanted].sort().flatMap((family) => first[family] ?? []) }))
      .filter(({ ips }) => ips.length === wanted.length);
  const alternatives = preferDualStack ? [families, ...families.map((family) => [family])] : [families];
  return alternatives.flatMap((wanted) => choices(wanted))[0];
}

test('the allocator chooses what a scan of everything finds, whatever happened before', () => {
  fc.assert(
    fc.property(anyPools, fc.array(anyStep, { maxLength: 60, size: 'max' }), (first, steps) => {
      const holdings = new Holdings();
      const allocator = new Allocator(holdings);
      let known = first;
      allocator.setPools(known);
      for (const step of steps) {
        if (step.kind === 'pools') {
          known = step.pools;
          allocator.setPools(known);
        } else if (step.kind === 'take') {
          if (!holdings.isTaken(step.ip) || holdings.mayJoin(step.ip, step.service)) {
            holdings.take(step.ip, step.service);
          }
        } else if (step.kind === 'free') {
          holdings.free(step.ip);
          allocator.freed(step.ip);
        } else {
          const choice = allocator.choose(step.wish);
          assert.deepEqual(choice, oracle(known, holdings, step.wish));
          for (const ip of step.take ? (choice?.ips ?? []) : []) holdings.take(ip, step.wish.service);
        }
      }
    }),
    { numRuns: 1000 },
  );
});

test('the text of every offset is the canonical one, and leads back to the offset', () => {
  const anyFirst = fc.oneof(
    fc
      .bigInt({ min: 0n, max: (1n << 32n) - 1n })
      .map((first) => ({ family: 'IPv4' as const, first, top: (1n << 32n) - 1n })),
    // Groups of zeros and of ones, for `::` and for carries.
    fc
      .array(fc.constantFrom<bigint>(0n, 0n, 1n, 0xffffn, 0xabcn), { minLength: 8, maxLength: 8 })
      .map((groups) => ({
        family: 'IPv6' as const,
        first: groups.reduce((sum, group) => (sum << 16n) + group, 0n),
        top: (1n << 128n) - 1n,
      }))
      .filter(({ first }) => first >> 52n !== 0n),
  );
  fc.assert(
    fc.property(anyFirst, fc.bigInt({ min: 0n, max: (1n << 52n) - 1n }), ({ family, first, top }, distance) => {
      const block = blockOf({ family, first, last: top });
      const offset = distance % (top - first + 1n);
      const ip = block.at(Number(offset));
      assert.equal(ip, ipFromBigInt(first + offset, family));
      assert.equal(ip, parseIp(ip));
      assert.equal(block.offsetOf(ip), Number(offset));
    }),
    { numRuns: 2000 },
  );
});

test('an IP before or behind a block has no offset', () => {
  const anyIp = fc.oneof(
    fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }),
    fc.bigInt({ min: -20n, max: 20n }).map((near) => 0xfd00_0000_0000_0000_0000_0000_0001_0000n + near),
  );
  const range = { family: 'IPv6' as const, first: 0xfd00n << 112n, last: (0xfd00n << 112n) + 0x10000n };
  const block = blockOf(range);
  fc.assert(
    fc.property(anyIp, (value) => {
      const inside = range.first <= value && value <= range.last;
      const text = ipFromBigInt(value, 'IPv6');
      assert.equal(block.offsetOf(text), inside ? Number(value - range.first) : undefined);
    }),
    { numRuns: 2000 },
  );
});
