import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { blockOf } from '../../../../src/core/allocator/ip-block.ts';
import { ipFromBigInt } from '../../../../src/core/net/ip.ts';

const first = fc.oneof(
  fc.bigInt({ min: 2n ** 64n, max: 2n ** 127n }),
  fc.constantFrom(0x20010db8n << 96n, (0x20010db8n << 96n) + 0xfff0n, (0x20010db8n << 96n) + 0x1_0000_ffffn),
);
const offset = fc.oneof(
  fc.nat(70_000),
  fc.nat(2 ** 40),
  fc.constantFrom(0xffff, 0x10000, 0x10001, 0xffffffff, 2 ** 32),
);

test('every IPv6 of a block is written as anywhere else, in whatever order they are asked for', () => {
  fc.assert(
    fc.property(first, fc.array(offset, { minLength: 1, maxLength: 30 }), (start, offsets) => {
      const block = blockOf({ family: 'IPv6', first: start, last: start + 2n ** 60n });
      for (const at of offsets) {
        assert.equal(block.at(at), ipFromBigInt(start + BigInt(at), 'IPv6'));
        assert.equal(block.offsetOf(block.at(at)), at);
      }
    }),
    { numRuns: 300 },
  );
});
