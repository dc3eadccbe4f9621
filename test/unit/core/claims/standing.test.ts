import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  isPinnedTo,
  type Sighting,
  type Standing,
  standingOf,
  standsPinned,
} from '../../../../src/core/claims/standing.ts';
import type { ServiceView } from '../../../../src/core/service-view.ts';
import { claimHolder, ipOf, unboundHolder } from '../../../gen/claim.ts';
import { annotations, ips, metadata, pinned, spec, version, view } from '../../../gen/service.ts';

const X = '192.0.2.7';
const SINCE = 1_000_000;
const TERMS = { graceMs: 120_000, stickyMs: 3_600_000 };
/** The last moment at which a write that was allowed may still be stored, and the first at which it may not. */
const [IN_TIME, LATE] = [SINCE + TERMS.graceMs - 1, SINCE + TERMS.graceMs];

const bound = claimHolder('web', { since: SINCE, basis: 100 });
const unbound = unboundHolder('web', 'review-1', { since: SINCE });
const gone = claimHolder('web', { since: SINCE, goneSince: SINCE + 5 });

interface Row {
  readonly name: string;
  readonly holder: typeof bound;
  readonly seen: Sighting;
  readonly now: number;
  readonly sticky?: 0;
  readonly expected: Standing;
}

const rows: readonly Row[] = [
  { name: 'the IP is in the status', holder: bound, seen: view('web', ips(X)), now: IN_TIME, expected: 'held' },
  {
    name: 'the IP is in the status, long after',
    holder: bound,
    seen: view('web', ips(X)),
    now: LATE,
    expected: 'held',
  },
  { name: 'the pin names it', holder: bound, seen: view('web', pinned(X)), now: LATE, expected: 'held' },
  {
    name: 'the pin names another IP',
    holder: bound,
    seen: view('web', pinned('192.0.2.8'), version(101)),
    now: IN_TIME,
    expected: 'stale',
  },
  {
    name: 'the user requests it, which is no pin',
    holder: bound,
    seen: view('web', annotations({ 'metallb.io/loadBalancerIPs': X }), version(101)),
    now: IN_TIME,
    expected: 'stale',
  },
  { name: 'the reviewed version is seen still', holder: bound, seen: view('web'), now: IN_TIME, expected: 'pending' },
  { name: 'the reviewed version, when the grace ends', holder: bound, seen: view('web'), now: LATE, expected: 'stale' },
  {
    name: 'an older version than the reviewed one is seen',
    holder: bound,
    seen: view('web', version(99)),
    now: IN_TIME,
    expected: 'pending',
  },
  {
    name: 'a newer version without the IP is seen',
    holder: bound,
    seen: view('web', version(101)),
    now: IN_TIME,
    expected: 'stale',
  },
  { name: 'never seen here', holder: bound, seen: undefined, now: IN_TIME, expected: 'unknown' },
  { name: 'never seen here, long after', holder: bound, seen: undefined, now: LATE, expected: 'unknown' },
  { name: 'seen to be gone, not marked yet', holder: bound, seen: 'gone', now: LATE, expected: 'sticky' },
  { name: 'seen to be gone, without stickiness', holder: bound, seen: 'gone', now: 0, sticky: 0, expected: 'stale' },
  {
    name: 'marked as gone',
    holder: gone,
    seen: undefined,
    now: SINCE + 5 + TERMS.stickyMs - 1,
    expected: 'sticky',
  },
  {
    name: 'marked as gone, when the wait ends',
    holder: gone,
    seen: undefined,
    now: SINCE + 5 + TERMS.stickyMs,
    expected: 'stale',
  },
  {
    name: 'marked as gone, without stickiness',
    holder: gone,
    seen: 'gone',
    now: SINCE + 5,
    sticky: 0,
    expected: 'stale',
  },
  { name: 'marked as gone outlasts a late sighting', holder: gone, seen: view('web'), now: LATE, expected: 'sticky' },
  { name: 'being created', holder: unbound, seen: undefined, now: IN_TIME, expected: 'pending' },
  { name: 'being created, when the grace ends', holder: unbound, seen: undefined, now: LATE, expected: 'stale' },
  {
    name: 'created, and found by its review',
    holder: unbound,
    seen: view('web', pinned(X)),
    now: LATE,
    expected: 'held',
  },
  {
    name: 'created without the pin',
    holder: unbound,
    seen: view('web'),
    now: IN_TIME,
    expected: 'stale',
  },
];

describe('the standing of a holder', () => {
  for (const { name, holder, seen, now, sticky, expected } of rows) {
    test(`${name}: ${expected}`, () => {
      const terms = sticky === undefined ? TERMS : { ...TERMS, stickyMs: sticky };
      assert.equal(standingOf(holder, ipOf(X), seen, { now, terms }), expected);
    });
  }
});

const pins: readonly (readonly [name: string, service: ServiceView, pinnedTo: boolean, waits: boolean])[] = [
  ['pinned and pending', view('web', pinned(X)), true, true],
  ['pinned and with its IP', view('web', pinned(X), ips(X)), true, false],
  ['pinned and being deleted', view('web', pinned(X), metadata({ deletionTimestamp: 'now' })), true, false],
  ['pinned and no LoadBalancer any more', view('web', pinned(X), spec({ type: 'ClusterIP' })), false, false],
  ['not pinned', view('web'), false, false],
  ['a request', view('web', annotations({ 'metallb.io/loadBalancerIPs': X })), false, false],
  ['pinned to two IPs', view('web', pinned(`${X},2001:db8::7`)), true, true],
  ['pinned to another IP', view('web', pinned('192.0.2.8')), false, true],
];

describe('a pin', () => {
  for (const [name, service, pinnedTo, waits] of pins) {
    test(`${name}: ${pinnedTo ? 'names the IP' : 'does not name it'}, ${waits ? 'waits' : 'does not wait'}`, () => {
      assert.deepEqual([isPinnedTo(service, ipOf(X)), standsPinned(service)], [pinnedTo, waits]);
    });
  }
});
