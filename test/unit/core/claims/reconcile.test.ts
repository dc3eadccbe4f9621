import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Claim } from '../../../../src/core/claims/claim.ts';
import { ClaimBook } from '../../../../src/core/claims/claim-book.ts';
import { Ownership } from '../../../../src/core/claims/ownership.ts';
import { type ClaimAction, reconcileClaim } from '../../../../src/core/claims/reconcile.ts';
import { Ledger } from '../../../../src/core/ledger/ledger.ts';
import type { Pools } from '../../../../src/core/metallb/pool.ts';
import type { ServiceView } from '../../../../src/core/service-view.ts';
import { claimHolder, ipOf, storedClaim, unboundHolder } from '../../../gen/claim.ts';
import { pool, pools } from '../../../gen/pool.ts';
import { createdBy, ips, metadata, pinned, sharing, spec, version, view } from '../../../gen/service.ts';

const X = '192.0.2.7';
const NOW = Date.parse('2026-06-01T00:00:00Z');
const GRACE = 120_000;
const STICKY = 3_600_000;
const POOLS = pools([pool('p', ['192.0.2.0/24'])]);

interface Row {
  readonly name: string;
  readonly services?: readonly ServiceView[];
  /** Names of Services that were here and are gone. */
  readonly gone?: readonly ServiceView[];
  readonly claim?: Claim;
  readonly pools?: Pools;
  readonly stickyMs?: number;
  /** `nothing`, or the kind and the holders afterwards, those that are gone with `†`, unbound ones with `?`. */
  readonly expected: string;
  /** `name because`, the latest first. */
  readonly history?: readonly string[];
}

const fresh = (name: string) => claimHolder(name, { since: NOW - 1 });
const older = (name: string) => view(name, ips(X), metadata({ creationTimestamp: '2025-01-01T00:00:00Z' }));

const rows: readonly Row[] = [
  { name: 'A has it, no claim: adopt', services: [view('a', ips(X))], expected: 'create a' },
  {
    name: 'A and B have it and may share: one claim of both',
    services: [view('a', ips(X), sharing('k', 80)), view('b', ips(X), sharing('k', 81))],
    expected: 'create a,b',
  },
  {
    name: 'A and B have it and may not share: the older one is adopted only',
    services: [view('young', ips(X)), older('old')],
    expected: 'create old',
  },
  {
    name: 'C may share with A and not with B: the younger one is left out',
    services: [
      view('a', ips(X), sharing('k', 80)),
      view('b', ips(X), sharing('k', 81)),
      view('c', ips(X), sharing('k', 81)),
    ],
    expected: 'create a,b',
  },
  {
    name: 'C shares with neither of two sharers',
    services: [older('a'), view('b', ips(X), sharing('k', 80)), view('c', ips(X), sharing('k', 81))],
    expected: 'create a',
  },
  { name: 'the IP lies in no pool', services: [view('a', ips('203.0.113.1'))], expected: 'nothing' },
  {
    name: 'the class is another load balancer',
    services: [view('a', ips(X), spec({ loadBalancerClass: 'example.com/other' }))],
    expected: 'nothing',
  },
  {
    name: 'no pool can be read: the class alone decides',
    services: [view('a', ips(X))],
    pools: { kind: 'unknown' },
    expected: 'create a',
  },
  { name: 'nobody has it and no claim', services: [view('a')], expected: 'nothing' },
  {
    name: 'A has it and claims it',
    services: [view('a', ips(X))],
    claim: storedClaim(X, [fresh('a')]),
    expected: 'nothing',
  },
  {
    name: 'A has it, B claims it and has it too: A is the duplicate',
    services: [view('a', ips(X)), view('b', ips(X))],
    claim: storedClaim(X, [fresh('b')]),
    expected: 'nothing',
  },
  {
    name: 'A has it, B claims it and its write may still come: B is rightful',
    services: [view('a', ips(X)), view('b')],
    claim: storedClaim(X, [fresh('b')]),
    expected: 'nothing',
  },
  {
    name: 'A has it, B claims it and was never seen: B is rightful',
    services: [view('a', ips(X))],
    claim: storedClaim(X, [fresh('b')]),
    expected: 'nothing',
  },
  {
    name: 'A has it, B claims it and has moved on: it becomes A',
    services: [view('a', ips(X)), view('b', version(101))],
    claim: storedClaim(X, [fresh('b')]),
    expected: 'update a',
    history: ['b Released'],
  },
  {
    name: 'A has it, B claims it and is gone: it becomes A',
    services: [view('a', ips(X))],
    gone: [view('b', ips(X))],
    claim: storedClaim(X, [fresh('b')]),
    expected: 'update a',
    history: ['b Deleted'],
  },
  {
    name: 'A has it and may share it with B, who claims it: both',
    services: [view('b', ips(X), sharing('k', 80)), view('a', ips(X), sharing('k', 81))],
    claim: storedClaim(X, [fresh('b')]),
    expected: 'update b,a',
  },
  {
    name: 'of two sharers one has moved on',
    services: [view('a', ips(X), sharing('k', 80)), view('b', version(101))],
    claim: storedClaim(X, [fresh('a'), fresh('b')]),
    expected: 'update a',
    history: ['b Released'],
  },
  {
    name: 'of two sharers one is gone: its name stays beside the other',
    services: [view('a', ips(X), sharing('k', 80))],
    gone: [view('b', ips(X), sharing('k', 81))],
    claim: storedClaim(X, [fresh('a'), fresh('b')]),
    expected: 'update a,b†',
  },
  {
    name: 'the same name came again and has it: the new Service',
    services: [view('a', ips(X), metadata({ uid: 'another' }))],
    claim: storedClaim(X, [claimHolder('a', { goneSince: NOW - 10 })]),
    expected: 'update a',
    history: ['a Deleted'],
  },
  {
    name: 'nobody has it, A is given it',
    services: [view('a')],
    claim: storedClaim(X, [fresh('a')]),
    expected: 'nothing',
  },
  {
    name: 'nobody has it, A is pinned to it, however long',
    services: [view('a', pinned(X), version(500))],
    claim: storedClaim(X, [claimHolder('a', { since: NOW - 10 * GRACE })]),
    expected: 'nothing',
  },
  {
    name: 'nobody has it, A was never seen',
    claim: storedClaim(X, [claimHolder('a', { since: NOW - 10 * GRACE })]),
    expected: 'nothing',
  },
  {
    name: 'nobody has it, A is gone: sticky from now on',
    gone: [view('a', ips(X))],
    claim: storedClaim(X, [fresh('a')]),
    expected: 'update a†',
  },
  {
    name: 'nobody has it, A is gone, no stickiness: delete',
    gone: [view('a', ips(X))],
    claim: storedClaim(X, [fresh('a')]),
    stickyMs: 0,
    expected: 'remove a',
  },
  {
    name: 'nobody has it, sticky still',
    claim: storedClaim(X, [claimHolder('a', { goneSince: NOW - STICKY + 1 })]),
    expected: 'nothing',
  },
  {
    name: 'nobody has it, no longer sticky: delete',
    claim: storedClaim(X, [claimHolder('a', { goneSince: NOW - STICKY })]),
    expected: 'remove a†',
  },
  {
    name: 'nobody has it, the write of A can no longer come: delete',
    services: [view('a')],
    claim: storedClaim(X, [claimHolder('a', { since: NOW - GRACE })]),
    expected: 'remove a',
  },
  {
    name: 'nobody has it, the write of A may come for a millisecond yet',
    services: [view('a')],
    claim: storedClaim(X, [claimHolder('a', { since: NOW - GRACE + 1 })]),
    expected: 'nothing',
  },
  {
    name: 'A is being created and not seen yet',
    claim: storedClaim(X, [unboundHolder('a', 'r', { since: NOW - 1 })]),
    expected: 'nothing',
  },
  {
    name: 'A is being created and never came: delete',
    claim: storedClaim(X, [unboundHolder('a', 'r', { since: NOW - GRACE })]),
    expected: 'remove a?',
  },
  {
    name: 'A was created with its pin: bind',
    services: [view('a', createdBy('r'), pinned(X))],
    claim: storedClaim(X, [unboundHolder('a', 'r', { since: NOW - 1 })]),
    expected: 'update a',
  },
  {
    name: 'A was created from a generateName: bind, with its name',
    services: [view('a-x7k2p', createdBy('r'), pinned(X))],
    claim: storedClaim(X, [unboundHolder('', 'r', { since: NOW - 1 })]),
    expected: 'update a-x7k2p',
  },
  {
    name: 'A was created and has the IP already: bind, no second entry',
    services: [view('a', createdBy('r'), pinned(X), ips(X))],
    claim: storedClaim(X, [unboundHolder('a', 'r', { since: NOW - 1 })]),
    expected: 'update a',
  },
];

function act({
  services = [],
  gone = [],
  claim,
  pools: known = POOLS,
  stickyMs = STICKY,
}: Row): ClaimAction | undefined {
  const ledger = new Ledger();
  ledger.replaceAll([...services, ...gone], 0);
  for (const { ref } of gone) ledger.remove(ref.uid);
  const book = new ClaimBook();
  if (claim !== undefined) book.put(claim);
  const ownership = new Ownership(ledger, book, { graceMs: GRACE, stickyMs });
  const ip = claim?.ip ?? services.flatMap(({ assigned }) => assigned)[0] ?? ipOf(X);
  return reconcileClaim(ip, { ownership, pools: known, scope: { classes: [] }, now: NOW });
}

function told(action: ClaimAction | undefined): string {
  if (action === undefined) return 'nothing';
  const holders = action.claim.holders.map(
    ({ service, goneSince }) => `${service.name}${service.uid === '' ? '?' : ''}${goneSince === undefined ? '' : '†'}`,
  );
  return `${action.kind} ${holders.join()}`;
}

describe('what has to be done to a claim', () => {
  for (const row of rows) {
    test(`${row.name}: ${row.expected}`, () => {
      const action = act(row);
      assert.equal(told(action), row.expected);
      assert.deepEqual(
        (action?.claim.history ?? []).map(({ service, because }) => `${service.name} ${because}`),
        row.history ?? [],
      );
    });
  }

  test('an adopted IP is held upon the version that was seen, from now on', () => {
    const action = act({ name: '', services: [view('a', ips(X), sharing('k'))], expected: '' });
    assert.deepEqual(action?.claim, {
      ip: X,
      holders: [
        {
          service: { namespace: 'default', name: 'a', uid: 'uid-a' },
          reviewUid: '',
          basis: 100,
          since: NOW,
          goneSince: undefined,
        },
      ],
      sharingKey: 'k',
      history: [],
      version: 0,
      uid: '',
    });
  });

  test('binding keeps since when the IP is held, and the review', () => {
    const row = rows.find(({ name }) => name.startsWith('A was created with its pin'));
    const [holder] = (row && act(row))?.claim.holders ?? [];
    assert.deepEqual(
      [holder?.service.uid, holder?.basis, holder?.since, holder?.reviewUid],
      ['uid-a', 100, NOW - 1, 'r'],
    );
  });

  test('sticky begins at the moment it is written', () => {
    const row = rows.find(({ name }) => name.startsWith('nobody has it, A is gone: sticky'));
    assert.equal((row && act(row))?.claim.holders[0]?.goneSince, NOW);
  });

  test('every change names the stored object it was made of', () => {
    for (const row of rows) {
      const action = act(row);
      if (row.claim === undefined || action === undefined) continue;
      assert.deepEqual([action.claim.uid, action.claim.version], [row.claim.uid, row.claim.version], row.name);
    }
  });
});
