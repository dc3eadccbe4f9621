import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  canonicalSet,
  explainBadIp,
  familyOf,
  ipFromBigInt,
  ipToBigInt,
  parseIp,
} from '../../../../src/core/net/ip.ts';

const CANONICAL: readonly (readonly [text: string, canonical: string])[] = [
  ['192.0.2.7', '192.0.2.7'],
  ['0.0.0.0', '0.0.0.0'],
  ['2001:DB8::0001', '2001:db8::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['::ffff:c000:207', '192.0.2.7'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['::', '::'],
];

for (const [text, canonical] of CANONICAL) {
  test(`${text} is ${canonical}`, () => assert.equal(parseIp(text), canonical));
}

const REFUSED: readonly (readonly [text: string, why: RegExp])[] = [
  ['192.0.02.7', /leading zeros/],
  ['::ffff:192.0.02.7', /leading zeros/],
  ['fe80::1%eth0', /zone id/],
  ['not-an-ip', /not an IP address/],
  ['', /not an IP address/],
  [' 192.0.2.7', /not an IP address/],
  ['192.0.2.256', /not an IP address/],
  ['192.0.2', /not an IP address/],
  ['192.0.2.7/32', /not an IP address/],
  ['2001:db8::/64', /not an IP address/],
  ['1:2:3:4:5:6:7:8:9', /not an IP address/],
  [':::', /not an IP address/],
];

for (const [text, why] of REFUSED) {
  test(`"${text}" is refused: ${why.source}`, () => {
    assert.equal(parseIp(text), undefined);
    assert.match(explainBadIp(text), why);
  });
}

test('an IP survives the way to a number and back, in both families', () => {
  for (const text of ['0.0.0.0', '192.0.2.7', '255.255.255.255', '::', '2001:db8::7', 'ffff::']) {
    const ip = parseIp(text);
    assert.ok(ip);
    assert.equal(ipFromBigInt(ipToBigInt(ip), familyOf(ip)), ip);
  }
});

test('a canonical set has no order and no repeats', () => {
  const ips = ['2001:db8::1', '192.0.2.9', '192.0.2.1', '192.0.2.9'].flatMap((text) => parseIp(text) ?? []);
  assert.deepEqual(canonicalSet(ips), canonicalSet([...ips].reverse()));
  assert.equal(canonicalSet(ips).length, 3);
});
