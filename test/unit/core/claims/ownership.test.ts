import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { ClaimBook } from '../../../../src/core/claims/claim-book.ts';
import { isHolder, isTakeable, Ownership } from '../../../../src/core/claims/ownership.ts';
import type { ClaimTerms } from '../../../../src/core/claims/standing.ts';
import { Ledger } from '../../../../src/core/ledger/ledger.ts';
import { claimHolder, ipOf, storedClaim, unboundHolder } from '../../../gen/claim.ts';
import { createdBy, ips, metadata, pinned, requested, version, view } from '../../../gen/service.ts';

const X = '192.0.2.7';
const IP = ipOf(X);
const NOW = 5_000_000;
const TERMS: ClaimTerms = { graceMs: 120_000, stickyMs: 3_600_000 };
/** Given a moment ago, upon version 100. */
const fresh = (name: string) => claimHolder(name, { since: NOW - 1 });

describe('who holds an IP', () => {
  let ledger: Ledger;
  let book: ClaimBook;
  let ownership: Ownership;

  beforeEach(() => {
    ledger = new Ledger();
    book = new ClaimBook();
    ownership = new Ownership(ledger, book, TERMS);
  });

  /** The others as `name state`, in order. */
  const others = (name: string, now = NOW) =>
    ownership.othersHolding(IP, view(name), now).map(({ service, state }) => `${service.ref.name} ${state}`);
  const rightful = (name: string) => ownership.isRightful(IP, view(name), NOW);

  test('nobody: it is free, and whoever asks is rightful', () => {
    assert.deepEqual(others('a'), []);
    assert.equal(rightful('a'), true);
    assert.equal(ownership.isTaken(IP, NOW), false);
  });

  test('by status alone: the first in the ledger is rightful', () => {
    ledger.upsert(view('a', ips(X)));
    ledger.upsert(view('b', ips(X)));
    assert.deepEqual(others('c'), ['a assigned', 'b assigned']);
    assert.deepEqual([rightful('a'), rightful('b'), rightful('c')], [true, false, false]);
  });

  test('a claim goes before the order of the ledger', () => {
    ledger.upsert(view('a', ips(X)));
    ledger.upsert(view('b', ips(X)));
    book.put(storedClaim(X, [fresh('b')]));
    assert.deepEqual(others('c'), ['b assigned', 'a assigned']);
    assert.deepEqual([rightful('a'), rightful('b')], [false, true]);
    assert.deepEqual(others('b'), ['a assigned']);
  });

  test('a claim of a Service that has it in no status yet counts as well', () => {
    ledger.upsert(view('a'));
    book.put(storedClaim(X, [fresh('a')]));
    assert.deepEqual(others('b'), ['a claimed']);
    assert.deepEqual([rightful('a'), rightful('b')], [true, false]);
    assert.equal(ownership.isTaken(IP, NOW), true);
  });

  test('a reservation and a claim of the same Service are one holding', () => {
    const a = view('a');
    ledger.upsert(a);
    ledger.reserve(a, [IP], NOW + 1);
    book.put(storedClaim(X, [fresh('a')]));
    assert.deepEqual(others('b'), ['a reserved']);
  });

  test('a holder that was never seen here holds it, and is known by name only', () => {
    book.put(storedClaim(X, [claimHolder('ghost')]));
    assert.deepEqual(others('b'), ['ghost claimed']);
    const [holding] = ownership.othersHolding(IP, view('b'), NOW);
    assert.deepEqual(holding?.service.ref, { namespace: 'default', name: 'ghost', uid: 'uid-ghost' });
    assert.equal(holding?.service.sharing.key, '');
  });

  test('a stale claim holds nothing: the status decides', () => {
    ledger.upsert(view('old', version(200)));
    ledger.upsert(view('b', ips(X)));
    book.put(storedClaim(X, [fresh('old')]));
    assert.deepEqual(others('c'), ['b assigned']);
    assert.equal(rightful('b'), true);
    assert.equal(rightful('old'), false);
  });

  test('a stale claim on a free IP leaves it free', () => {
    ledger.upsert(view('old', version(200)));
    book.put(storedClaim(X, [fresh('old')]));
    assert.deepEqual(others('c'), []);
    assert.equal(ownership.isTaken(IP, NOW), false);
  });

  test('a pin keeps the IP for its Service although no status has it', () => {
    ledger.upsert(view('a', pinned(X), version(500)));
    book.put(storedClaim(X, [claimHolder('a')]));
    assert.deepEqual(others('b', NOW + TERMS.graceMs), ['a claimed']);
  });

  describe('a Service that is being created', () => {
    const review = 'review-1';

    test('holds by the uid of its review before it is seen', () => {
      book.put(storedClaim(X, [unboundHolder('a', review, { since: NOW })]));
      assert.deepEqual(others('b'), ['a claimed']);
      assert.deepEqual(others('b', NOW + TERMS.graceMs), []);
    });

    test('is found by it afterwards, and is then no other to itself', () => {
      const created = view('a', createdBy(review), pinned(X));
      ledger.upsert(created);
      const claim = storedClaim(X, [unboundHolder('a', review, { since: NOW })]);
      book.put(claim);
      assert.deepEqual(
        ownership.judge(claim, NOW).map(({ standing, view: seen }) => ({ standing, seen })),
        [{ standing: 'held', seen: created }],
      );
      assert.deepEqual(ownership.othersHolding(IP, created, NOW), []);
      assert.equal(ownership.isRightful(IP, created, NOW), true);
      assert.deepEqual(others('b'), ['a claimed']);
    });

    test('with its IP in the status it is one holding, by its uid', () => {
      ledger.upsert(view('a', createdBy(review), pinned(X), ips(X)));
      book.put(storedClaim(X, [unboundHolder('a', review, { since: NOW })]));
      assert.equal(others('b').length, 1);
    });

    test('is awaited until it is seen', () => {
      book.put(storedClaim(X, [unboundHolder('a', review, { since: NOW })]));
      assert.equal(ownership.awaitedCount, 1);
      ledger.upsert(view('a', createdBy(review)));
      assert.equal(ownership.awaitedCount, 0);
    });

    test('a copy of its manifest in another namespace is not it', () => {
      ledger.upsert(view('a', createdBy(review), metadata({ namespace: 'other' })));
      const claim = storedClaim(X, [unboundHolder('a', review, { since: NOW })]);
      assert.deepEqual(
        ownership.judge(claim, NOW).map(({ standing }) => standing),
        ['pending'],
      );
    });
  });

  describe('a name that keeps the IP', () => {
    beforeEach(() => book.put(storedClaim(X, [claimHolder('web', { goneSince: NOW - 10 })])));

    const again = view('web', metadata({ uid: 'another' }));

    test('holds nothing, but the IP is not simply to be had', () => {
      assert.deepEqual(others('b'), []);
      assert.equal(ownership.isTaken(IP, NOW), true);
      assert.equal(ownership.stickyFor(IP, view('b'), NOW)?.name, 'web');
      assert.equal(isTakeable(ownership, IP, view('b'), NOW), false);
    });

    test('gives it to the Service of that name', () => {
      assert.equal(ownership.stickyFor(IP, again, NOW), undefined);
      assert.equal(isTakeable(ownership, IP, again, NOW), true);
    });

    test('the same name in another namespace is another name', () => {
      const elsewhere = view('web', metadata({ namespace: 'other', uid: 'another' }));
      assert.equal(ownership.stickyFor(IP, elsewhere, NOW)?.namespace, 'default');
      assert.equal(isTakeable(ownership, IP, elsewhere, NOW), false);
    });

    test('lets go when the time is over', () => {
      const end = NOW - 10 + TERMS.stickyMs;
      assert.equal(ownership.stickyFor(IP, view('b'), end - 1)?.name, 'web');
      assert.equal(ownership.stickyFor(IP, view('b'), end), undefined);
      assert.equal(ownership.isTaken(IP, end), false);
      assert.equal(isTakeable(ownership, IP, view('b'), end), true);
    });
  });

  test('a deletion that was seen makes the claim sticky at once, before anybody marks it', () => {
    ledger.upsert(view('web', ips(X)));
    book.put(storedClaim(X, [claimHolder('web')]));
    ledger.remove('uid-web');
    assert.deepEqual(others('b'), []);
    assert.equal(ownership.stickyFor(IP, view('b'), NOW)?.name, 'web');
  });

  test('of two that share a claim both are rightful', () => {
    ledger.upsert(view('a', ips(X)));
    ledger.upsert(view('b', ips(X)));
    ledger.upsert(view('c', ips(X)));
    book.put(storedClaim(X, [fresh('a'), fresh('b')]));
    assert.deepEqual([rightful('a'), rightful('b'), rightful('c')], [true, true, false]);
  });

  test('an IP is taken while one of several holders of its claim is not stale', () => {
    ledger.upsert(view('old', version(200)));
    book.put(storedClaim(X, [fresh('old'), fresh('a')]));
    assert.equal(ownership.isTaken(IP, NOW), true);
  });

  test('an IP that a user requests for a Service is taken for everybody else', () => {
    ledger.upsert(view('a', requested(X)));
    assert.equal(ownership.isTaken(IP, NOW), true);
  });

  test('an IP in a status that no claim names is taken', () => {
    ledger.upsert(view('a', ips(X)));
    assert.equal(ownership.isTaken(IP, NOW), true);
  });

  test('what somebody has in a status is never to be taken', () => {
    ledger.upsert(view('a', ips(X)));
    assert.equal(isTakeable(ownership, IP, view('b'), NOW), false);
  });
});

describe('a holder is the Service', () => {
  const unbound = unboundHolder('a', 'review-1');
  const rows: readonly (readonly [string, typeof unbound, ReturnType<typeof view>, boolean])[] = [
    ['of its uid', claimHolder('a'), view('a'), true],
    ['of its uid, whatever its name', claimHolder('a'), view('b', metadata({ uid: 'uid-a' })), true],
    ['not of another uid', claimHolder('a'), view('a', metadata({ uid: 'another' })), false],
    ['of its review', unbound, view('a', createdBy('review-1')), true],
    [
      'of its review when it had no name yet',
      unboundHolder('', 'review-1'),
      view('a-x7k2p', createdBy('review-1')),
      true,
    ],
    ['not of another review', unbound, view('a', createdBy('review-2')), false],
    ['not without the mark of the review', unbound, view('a'), false],
    ['not when no review made it', unboundHolder('a', ''), view('a', createdBy('')), false],
    ['not by a mark once it is bound', claimHolder('a', { reviewUid: 'r' }), view('b', createdBy('r')), false],
  ];
  for (const [name, holder, service, expected] of rows) {
    test(name, () => assert.equal(isHolder(holder, service), expected));
  }
});
