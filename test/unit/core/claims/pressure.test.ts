import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClaimBook } from '../../../../src/core/claims/claim-book.ts';
import { Ownership } from '../../../../src/core/claims/ownership.ts';
import { oldestSticky } from '../../../../src/core/claims/pressure.ts';
import { Ledger } from '../../../../src/core/ledger/ledger.ts';
import type { Family, IpAddress } from '../../../../src/core/net/ip.ts';
import { pool, pools } from '../../../gen/pool.ts';
import { ips, view } from '../../../gen/service.ts';

const NOW = 1_000_000;
const POOLS = pools([
  pool('main', ['192.0.2.0/29', '2001:db8::/64']),
  pool('manual', ['198.51.100.0/29'], { autoAssign: false }),
]);

/** A world in which these IPs wait for names that are gone since then (ms before NOW). */
function waiting(...claims: readonly (readonly [ip: string, goneFor: number])[]): Ownership {
  const book = new ClaimBook();
  for (const [ip, goneFor] of claims) {
    const service = { namespace: 'default', name: `was-${ip}`, uid: `uid-${ip}` };
    const holder = { service, reviewUid: '', basis: 1, since: 0, goneSince: NOW - goneFor };
    book.put({ ip: ip as IpAddress, holders: [holder], sharingKey: '', history: [], version: 1, uid: ip });
  }
  return new Ownership(new Ledger(), book, { graceMs: 1000, stickyMs: 10_000 });
}

const ask = (ownership: Ownership, families: readonly Family[] = ['IPv4'], more: object = {}) =>
  oldestSticky({ service: view('new'), families, preferDualStack: false, ...more }, POOLS, ownership, NOW)?.ips;

test('the IP that has waited longest is given up first', () => {
  assert.deepEqual(ask(waiting(['192.0.2.1', 100], ['192.0.2.2', 900], ['192.0.2.3', 500])), ['192.0.2.2']);
});

test('what somebody has, or nobody waits for any more, is not given up', () => {
  const ownership = waiting(['192.0.2.1', 100], ['192.0.2.2', 10_000]);
  ownership.ledger.upsert(view('holder', ips('192.0.2.1')));
  assert.equal(ask(ownership), undefined);
});

test('a pool without autoAssign only by name, an IP that was tried not again', () => {
  const ownership = waiting(['198.51.100.1', 900], ['192.0.2.1', 100]);
  assert.deepEqual(ask(ownership), ['192.0.2.1']);
  assert.deepEqual(ask(ownership, ['IPv4'], { pool: 'manual' }), ['198.51.100.1']);
  assert.equal(ask(ownership, ['IPv4'], { avoid: new Set(['192.0.2.1']) }), undefined);
});

test('both families come from one pool, or none', () => {
  assert.equal(ask(waiting(['192.0.2.1', 1]), ['IPv4', 'IPv6']), undefined);
  assert.deepEqual(ask(waiting(['192.0.2.1', 1], ['2001:db8::1', 2]), ['IPv4', 'IPv6']), ['192.0.2.1', '2001:db8::1']);
});
