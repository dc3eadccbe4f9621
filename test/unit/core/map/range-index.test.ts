import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RangeIndex } from '../../../../src/core/map/range-index.ts';
import { poolOf } from '../../../../src/core/metallb/pool.ts';
import { ipFromBigInt, ipToBigInt } from '../../../../src/core/net/ip.ts';
import { ipOf } from '../../../gen/claim.ts';
import { pool, pools } from '../../../gen/pool.ts';

const POOLS = [
  pool('a', ['192.0.2.0/25', '2001:db8::/120', '198.51.100.7-198.51.100.9']),
  pool('b', ['192.0.2.200-192.0.2.210', '10.0.0.0/8']),
  pool('c', ['2001:db8:ffff::/48', '0.0.0.4/32']),
];

test('finds the pool that looking through all ranges finds, and the number of the IP', () => {
  const index = new RangeIndex(POOLS);
  const near = fc.constantFrom(
    '192.0.2.0',
    '192.0.2.127',
    '192.0.2.200',
    '198.51.100.8',
    '10.255.255.255',
    '2001:db8::',
    '2001:db8::ff',
    '0.0.0.4',
    '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff',
  );
  fc.assert(
    fc.property(near, fc.integer({ min: -3, max: 3 }), (text, offset) => {
      const base = ipOf(text);
      const family = text.includes(':') ? 'IPv6' : 'IPv4';
      const ip = ipFromBigInt(ipToBigInt(base) + BigInt(offset), family);
      const found = index.find(ip);
      assert.equal(found?.pool.name, poolOf(pools(POOLS), ip)?.name);
      if (found !== undefined) assert.equal(found.value, ipToBigInt(ip));
    }),
  );
});
