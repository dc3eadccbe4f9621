import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Allocator, type Occupancy } from '../../../../src/core/allocator/allocator.ts';
import type { Family, IpAddress } from '../../../../src/core/net/ip.ts';
import { pool, pools } from '../../../gen/pool.ts';
import { view } from '../../../gen/service.ts';
import { Holdings, ip } from './holdings.ts';

const SERVICE = view('asking');
const MAIN = pools([pool('main', ['192.0.2.0/29'])]);

/** An allocator with what it looks at, and the first IP it would give. */
function setup(known = MAIN) {
  const holdings = new Holdings();
  const allocator = new Allocator(holdings);
  allocator.setPools(known);
  const first = (family: Family = 'IPv4', avoid: ReadonlySet<IpAddress> = new Set()): IpAddress | undefined =>
    allocator.choose({ service: SERVICE, families: [family], preferDualStack: false, avoid })?.ips[0];
  const take = (...texts: readonly string[]): void => {
    for (const text of texts) holdings.take(ip(text), SERVICE);
  };
  const free = (text: string): void => {
    holdings.free(ip(text));
    allocator.freed(ip(text));
  };
  return { allocator, first, take, free };
}

test('a choice marks nothing: the next one is the same until the IP is taken', () => {
  const { first, take } = setup();
  assert.equal(first(), '192.0.2.0');
  assert.equal(first(), '192.0.2.0');
  take('192.0.2.0');
  assert.equal(first(), '192.0.2.1');
});

test('a released IP is the next one, the lowest first', () => {
  const { first, take, free } = setup();
  take('192.0.2.0', '192.0.2.1', '192.0.2.2', '192.0.2.3');
  assert.equal(first(), '192.0.2.4');
  free('192.0.2.2');
  free('192.0.2.1');
  assert.equal(first(), '192.0.2.1');
  take('192.0.2.1');
  assert.equal(first(), '192.0.2.2');
});

test('an IP that was released, taken by its number, and released again is offered once more', () => {
  const { first, take, free } = setup();
  take('192.0.2.0', '192.0.2.1');
  assert.equal(first(), '192.0.2.2');
  free('192.0.2.1');
  take('192.0.2.1');
  assert.equal(first(), '192.0.2.2');
  free('192.0.2.1');
  assert.equal(first(), '192.0.2.1');
});

test('an IP that one Service avoids stays free for the next', () => {
  const { first, take, free } = setup();
  take('192.0.2.0', '192.0.2.1');
  assert.equal(first(), '192.0.2.2');
  free('192.0.2.0');
  const avoid = new Set(['192.0.2.0', '192.0.2.2', '192.0.2.3'].map(ip));
  assert.equal(first('IPv4', avoid), '192.0.2.4');
  assert.equal(first('IPv4', avoid), '192.0.2.4');
  assert.equal(first(), '192.0.2.0');
  take('192.0.2.0');
  assert.equal(first(), '192.0.2.2');
  take('192.0.2.2');
  assert.equal(first(), '192.0.2.3');
});

test('releases in front of the frontier, of other families and of no pool change nothing', () => {
  const { first, allocator } = setup();
  for (const text of ['192.0.2.5', '2001:db8::1', '198.51.100.1']) allocator.freed(ip(text));
  assert.equal(first(), '192.0.2.0');
});

test('pools may change: a new range is looked at from its start, one that is gone no longer', () => {
  const { allocator, first, take } = setup();
  take('192.0.2.0', '198.51.100.0');
  assert.equal(first(), '192.0.2.1');
  allocator.setPools(pools([pool('a', ['198.51.100.0/30']), pool('main', ['192.0.2.0/29'])]));
  assert.equal(first(), '198.51.100.1');
  allocator.setPools(MAIN);
  assert.equal(first(), '192.0.2.1');
});

test('a release is heard of while the range is in no pool: the range is learnt afresh when it comes back', () => {
  const { allocator, first, take, free } = setup();
  take('192.0.2.0');
  assert.equal(first(), '192.0.2.1');
  allocator.setPools(pools([]));
  free('192.0.2.0');
  allocator.setPools(MAIN);
  assert.equal(first(), '192.0.2.0');
});

test('avoidBuggyIPs may be switched on and off', () => {
  const { allocator, first } = setup();
  assert.equal(first(), '192.0.2.0');
  allocator.setPools(pools([pool('main', ['192.0.2.0/29'], { avoidBuggyIPs: true })]));
  assert.equal(first(), '192.0.2.1');
  allocator.setPools(MAIN);
  assert.equal(first(), '192.0.2.0');
});

/** Counts the questions, which are what a choice costs. */
class Counting extends Holdings implements Occupancy {
  asked = 0;

  override isTaken(address: IpAddress): boolean {
    this.asked += 1;
    return super.isTaken(address);
  }
}

for (const [family, range] of [
  ['IPv4', '10.0.0.0/16'],
  ['IPv6', '2001:db8::/64'],
] as const) {
  test(`a choice out of ${range} costs the same however many IPs are taken`, () => {
    const counting = new Counting();
    const allocator = new Allocator(counting);
    allocator.setPools(pools([pool('main', [range])]));
    const wish = { service: SERVICE, families: [family], preferDualStack: false };
    const chosen: IpAddress[] = [];
    for (let i = 0; i < 3000; i += 1) {
      for (const found of allocator.choose(wish)?.ips ?? []) {
        counting.take(found, SERVICE);
        chosen.push(found);
      }
    }
    assert.equal(new Set(chosen).size, 3000);
    assert.ok(counting.asked <= 2 * 3000, `${counting.asked} questions for 3000 choices`);
    counting.asked = 0;
    allocator.setPools(pools([pool('renamed', [range])]));
    allocator.choose(wish);
    assert.ok(counting.asked <= 2, `${counting.asked} questions after a change of pools that left the range alone`);
  });
}
