import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ipFromBigInt } from '../../src/core/net/ip.ts';
import { claimName } from '../../src/review/claim-name.ts';

const v4 = fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((value) => ipFromBigInt(value, 'IPv4'));
const v6 = fc
  .oneof(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), fc.bigInt({ min: 0n, max: 2n ** 17n }))
  .map((value) => ipFromBigInt(value, 'IPv6'));
const RFC_1123_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

test('the name of any IP is a legal object name', () => {
  fc.assert(
    fc.property(fc.oneof(v4, v6), (ip) => {
      assert.match(claimName(ip), RFC_1123_SUBDOMAIN);
    }),
  );
});

test('two IPs have the same name only when they are the same IP', () => {
  fc.assert(
    fc.property(fc.oneof(v4, v6), fc.oneof(v4, v6), (one, other) => {
      assert.equal(claimName(one) === claimName(other), one === other);
    }),
  );
});

test('the name of an IPv6 address is the whole address, always 39 characters', () => {
  fc.assert(
    fc.property(v6, (ip) => {
      const name = claimName(ip);
      assert.equal(name.length, 39);
      assert.equal(ipFromBigInt(BigInt(`0x${name.replaceAll('-', '')}`), 'IPv6'), ip);
    }),
  );
});
