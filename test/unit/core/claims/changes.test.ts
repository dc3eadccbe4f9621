import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { holderFor, joined, newClaim, withHolders } from '../../../../src/core/claims/changes.ts';
import { HISTORY_LENGTH, type PastHolder } from '../../../../src/core/claims/claim.ts';
import type { Judged } from '../../../../src/core/claims/ownership.ts';
import type { Standing } from '../../../../src/core/claims/standing.ts';
import { claimHolder, ipOf, storedClaim, unboundHolder } from '../../../gen/claim.ts';
import { createdBy, sharing, version, view } from '../../../gen/service.ts';

const X = '192.0.2.7';
const NOW = 5_000_000;
const judgedAs = (holder: Judged['holder'], standing: Standing): Judged => ({ holder, standing, view: undefined });
const past = (name: string): PastHolder => ({
  service: { namespace: 'default', name, uid: `uid-${name}` },
  from: 1,
  to: 2,
  because: 'Released',
});

test('a new claim is not stored yet and has no past', () => {
  const holder = holderFor(view('web', version(42)), NOW);
  assert.deepEqual(newClaim(ipOf(X), holder, 'k'), {
    ip: X,
    holders: [
      {
        service: { namespace: 'default', name: 'web', uid: 'uid-web' },
        reviewUid: '',
        basis: 42,
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

describe('whoever joins a claim', () => {
  const joins = (claim: ReturnType<typeof storedClaim>, judged: readonly Judged[], service = view('new')) =>
    joined(claim, judged, { holder: holderFor(service, NOW), service, now: NOW });
  const names = ({ holders }: { readonly holders: readonly Judged['holder'][] }) =>
    holders.map(({ service }) => service.name);

  for (const [standing, because] of [
    ['stale', 'Released'],
    ['sticky', 'Deleted'],
  ] as const) {
    test(`takes the place of one that is ${standing}, which becomes history as ${because}`, () => {
      const old = claimHolder('old');
      const claim = joins(storedClaim(X, [old]), [judgedAs(old, standing)]);
      assert.deepEqual(names(claim), ['new']);
      assert.deepEqual(claim.history, [{ service: old.service, from: old.since, to: NOW, because }]);
    });
  }

  test('the end of a holder that is gone is when it was seen to be', () => {
    const old = claimHolder('old', { goneSince: 4_000_000 });
    const [first] = joins(storedClaim(X, [old]), [judgedAs(old, 'stale')]).history;
    assert.deepEqual([first?.to, first?.because], [4_000_000, 'Deleted']);
  });

  for (const standing of ['held', 'pending', 'unknown'] as const) {
    test(`stands beside one that is ${standing}, behind it`, () => {
      const old = claimHolder('old');
      const claim = joins(storedClaim(X, [old]), [judgedAs(old, standing)]);
      assert.deepEqual(names(claim), ['old', 'new']);
      assert.equal(claim.holders[0], old);
      assert.deepEqual(claim.history, []);
    });
  }

  test('brings its sharing key, and keeps what the stored object is', () => {
    const old = claimHolder('old');
    const claim = joins(storedClaim(X, [old]), [judgedAs(old, 'held')], view('new', sharing('k', 81)));
    assert.deepEqual([claim.sharingKey, claim.version, claim.uid, claim.ip], ['k', 1, `claim-of-${X}`, X]);
  });

  test('renews its own entry instead of a second one, and is no history', () => {
    const mine = claimHolder('new', { basis: 7, since: 1 });
    const claim = joins(storedClaim(X, [mine]), [judgedAs(mine, 'stale')], view('new', version(101)));
    assert.deepEqual(
      claim.holders.map(({ basis, since }) => ({ basis, since })),
      [{ basis: 101, since: NOW }],
    );
    assert.deepEqual(claim.history, []);
  });

  test('a review of an older version, come late, does not make its entry look older', () => {
    const mine = claimHolder('new', { basis: 105 });
    const claim = joins(storedClaim(X, [mine]), [judgedAs(mine, 'pending')], view('new', version(101)));
    assert.equal(claim.holders[0]?.basis, 105);
  });

  test('bound by its review it takes over its entry and keeps the uid of the review', () => {
    const mine = unboundHolder('new', 'review-1');
    const claim = joins(storedClaim(X, [mine]), [judgedAs(mine, 'held')], view('new', createdBy('review-1')));
    assert.deepEqual(
      claim.holders.map(({ service, reviewUid }) => ({ uid: service.uid, reviewUid })),
      [{ uid: 'uid-new', reviewUid: 'review-1' }],
    );
  });
});

test('the latest past holder comes first, and only a few are remembered', () => {
  const history = Array.from({ length: HISTORY_LENGTH }, (_, i) => past(`h${i}`));
  const old = claimHolder('old');
  const claim = withHolders(storedClaim(X, [old], { history }), {
    holders: [claimHolder('new')],
    leaving: [judgedAs(old, 'stale')],
    now: NOW,
  });
  assert.equal(claim.history.length, HISTORY_LENGTH);
  assert.deepEqual(
    claim.history.map(({ service }) => service.name),
    ['old', ...history.slice(0, -1).map(({ service }) => service.name)],
  );
});
