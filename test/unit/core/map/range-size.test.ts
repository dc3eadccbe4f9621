import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rangeText, usableIps } from '../../../../src/core/map/range-size.ts';
import { parseIpRange } from '../../../../src/core/net/ip-range.ts';

function range(text: string) {
  return parseIpRange(text) ?? assert.fail(text);
}

test('a range is written as a CIDR where it is one', () => {
  for (const [text, written] of [
    ['192.0.2.0/24', '192.0.2.0/24'],
    ['192.0.2.0-192.0.2.255', '192.0.2.0/24'],
    ['192.0.2.7-192.0.2.7', '192.0.2.7/32'],
    ['192.0.2.1-192.0.2.4', '192.0.2.1-192.0.2.4'],
    ['192.0.2.1-192.0.2.7', '192.0.2.1-192.0.2.7'],
    ['2001:db8::/64', '2001:db8::/64'],
    ['2001:db8::1-2001:db8::ff', '2001:db8::1-2001:db8::ff'],
  ] as const) {
    assert.equal(rangeText(range(text)), written);
  }
});

test('avoidBuggyIPs takes two IPs of each IPv4 /24, and none of IPv6', () => {
  assert.equal(usableIps(range('10.0.0.0/8'), true), 65536n * 254n);
  assert.equal(usableIps(range('10.0.0.0/8'), false), 1n << 24n);
  assert.equal(usableIps(range('2001:db8::/64'), true), 1n << 64n);
});

test('counting by arithmetic agrees with counting one by one', () => {
  const value = fc.integer({ min: 0, max: 1500 });
  fc.assert(
    fc.property(value, value, (a, b) => {
      const [first, last] = [Math.min(a, b), Math.max(a, b)];
      let counted = 0n;
      for (let ip = first; ip <= last; ip += 1) if (ip % 256 !== 0 && ip % 256 !== 255) counted += 1n;
      assert.equal(usableIps({ family: 'IPv4', first: BigInt(first), last: BigInt(last) }, true), counted);
    }),
  );
});
