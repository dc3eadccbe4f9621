import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { ClaimBook } from '../../../../src/core/claims/claim-book.ts';
import { claimHolder, claimOn, ipOf, storedClaim, unboundHolder } from '../../../gen/claim.ts';

const [X, Y] = ['192.0.2.7', '192.0.2.8'];

describe('claim book', () => {
  let book: ClaimBook;
  let dropped: string[];

  beforeEach(() => {
    book = new ClaimBook();
    dropped = [];
    book.whenDropped((ip) => dropped.push(ip));
  });

  const ofUid = (uid: string) => book.ofUid(uid).map(({ ip }) => ip);
  const ofName = (name: string) => book.ofName(name).map(({ ip }) => ip);

  test('finds a claim by IP, by the uid of each holder and by their names', () => {
    const claim = storedClaim(X, [claimHolder('a'), claimHolder('b')]);
    book.put(claim);
    assert.equal(book.get(ipOf(X)), claim);
    assert.deepEqual([ofUid('uid-a'), ofUid('uid-b'), ofUid('uid-c')], [[X], [X], []]);
    assert.deepEqual([ofName('default/a'), ofName('default/b'), ofName('other/a')], [[X], [X], []]);
    assert.equal(book.size, 1);
  });

  test('a holder of which nothing has changed stays the same object, also in another version of the claim', () => {
    book.put(storedClaim(X, [claimHolder('a'), claimHolder('b')], { version: 1 }));
    const [a, b] = book.get(ipOf(X))?.holders ?? [];
    book.put(storedClaim(X, [claimHolder('a'), claimHolder('b', { since: 7 })], { version: 2 }));
    const [sameA, newB] = book.get(ipOf(X))?.holders ?? [];
    assert.deepEqual([sameA === a, newB === b, newB?.since], [true, false, 7]);
  });

  test('finds all claims of a Service with two', () => {
    book.put(storedClaim(X, [claimHolder('a')]));
    book.put(storedClaim('2001:db8::7', [claimHolder('a')]));
    assert.deepEqual(ofUid('uid-a'), [X, '2001:db8::7']);
  });

  test('finds the IPs claimed under a sharing key, as long as they are', () => {
    const shared = (ip: string, sharingKey: string, more = {}) =>
      storedClaim(ip, [claimHolder('a')], { sharingKey, ...more });
    book.put(shared(X, 'web'));
    book.put(shared(Y, ''));
    assert.deepEqual([[...book.sharedUnder('web')], [...book.sharedUnder('')]], [[X], []]);
    book.put(shared(X, 'dns', { version: 9 }));
    assert.deepEqual([[...book.sharedUnder('web')], [...book.sharedUnder('dns')]], [[], [X]]);
    book.replaceAll([], 10);
    assert.deepEqual([...book.sharedUnder('dns')], []);
  });

  test('forgets the holders of the version before', () => {
    book.put(storedClaim(X, [claimHolder('a')], { version: 1 }));
    book.put(storedClaim(X, [claimHolder('b')], { version: 2 }));
    assert.deepEqual([ofUid('uid-a'), ofName('default/a'), ofUid('uid-b')], [[], [], [X]]);
    assert.deepEqual(dropped, []);
  });

  test('two incarnations of a name are both found by it', () => {
    book.put(storedClaim(X, [claimHolder('a')]));
    const again = { namespace: 'default', name: 'a', uid: 'uid-2' };
    book.put(storedClaim(Y, [claimHolder('a', { service: again })]));
    assert.deepEqual(ofName('default/a'), [X, Y]);
    assert.deepEqual([ofUid('uid-a'), ofUid('uid-2')], [[X], [Y]]);
  });

  test('knows the claims that were made at CREATE, until they are bound or gone', () => {
    const first = storedClaim(X, [unboundHolder('a', 'review-1')]);
    book.put(first);
    book.put(storedClaim(Y, [unboundHolder('b', 'review-2')]));
    assert.deepEqual(ofUid(''), [X, Y]);
    book.put(storedClaim(Y, [claimHolder('b')], { version: 2 }));
    assert.deepEqual(ofUid(''), [X]);
    book.drop(ipOf(X), first.uid, 2);
    assert.deepEqual(ofUid(''), []);
  });

  test('an older version never undoes a newer one', () => {
    book.put(storedClaim(X, [claimHolder('b')], { version: 5 }));
    book.put(storedClaim(X, [claimHolder('a')], { version: 4 }));
    assert.deepEqual([ofUid('uid-a'), ofUid('uid-b')], [[], [X]]);
  });

  test('a deletion ends the claim and tells', () => {
    const claim = storedClaim(X, [claimHolder('a')], { version: 5 });
    book.put(claim);
    book.drop(ipOf(X), claim.uid, 6);
    assert.deepEqual([book.get(ipOf(X)), ofUid('uid-a'), ofName('default/a'), book.size], [undefined, [], [], 0]);
    assert.deepEqual(dropped, [X]);
  });

  test('a late deletion does not end a claim that was made again, nor one that is newer', () => {
    const claim = storedClaim(X, [claimHolder('a')], { version: 5, uid: 'second' });
    book.put(claim);
    book.drop(ipOf(X), 'first', 9);
    book.drop(ipOf(X), 'second', 4);
    book.drop(ipOf(Y), 'second', 9);
    assert.equal(book.get(ipOf(X)), claim);
    assert.deepEqual(dropped, []);
  });

  test('"there is none" ends just the claim that was known when it was asked', () => {
    const before = storedClaim(X, [claimHolder('a')], { version: 5 });
    const meanwhile = storedClaim(X, [claimHolder('b')], { version: 6 });
    book.put(before);
    book.put(meanwhile);
    book.missing(before);
    assert.equal(book.get(ipOf(X)), meanwhile);
    book.missing(meanwhile);
    assert.equal(book.get(ipOf(X)), undefined);
    assert.deepEqual(dropped, [X]);
  });

  test('a list ends what it lacks, except what is newer than the list', () => {
    book.put(storedClaim(X, [claimHolder('a')], { version: 5 }));
    book.put(storedClaim(Y, [claimHolder('b')], { version: 12 }));
    const listed = storedClaim('192.0.2.9', [claimHolder('c')], { version: 9 });
    book.replaceAll([listed], 10);
    assert.deepEqual([...book.all()].map(({ ip }) => ip).sort(), [Y, '192.0.2.9']);
    assert.deepEqual(dropped, [X]);
  });

  test('a list does not put an older version over a newer one', () => {
    const newer = storedClaim(X, [claimHolder('b')], { version: 12 });
    book.put(newer);
    book.replaceAll([storedClaim(X, [claimHolder('a')], { version: 9 })], 10);
    assert.equal(book.get(ipOf(X)), newer);
  });

  test('a list without anything ends everything', () => {
    book.put(claimOn(X, { version: 1, uid: 'x' }));
    book.replaceAll([], 10);
    assert.equal(book.size, 0);
  });
});
