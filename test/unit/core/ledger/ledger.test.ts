import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Ledger } from '../../../../src/core/ledger/ledger.ts';
import type { IpAddress } from '../../../../src/core/net/ip.ts';
import { ips, metadata, sharing, version, view } from '../../../gen/service.ts';

const X = '192.0.2.7' as IpAddress;
const Y = '192.0.2.8' as IpAddress;
const FAR = 1e15;

const names = (ledger: Ledger, ip: IpAddress): readonly string[] =>
  ledger.holdersOf(ip).map(({ service, state }) => `${service.ref.name} ${state}`);

describe('what the API server stores', () => {
  test('a Service is found under each of its IPs, and under none when they are gone', () => {
    const ledger = new Ledger();
    ledger.upsert(view('a', ips(X, Y), version(1)));
    assert.deepEqual([names(ledger, X), names(ledger, Y), ledger.ipCount], [['a assigned'], ['a assigned'], 2]);
    ledger.upsert(view('a', ips(Y), version(2)));
    assert.deepEqual([names(ledger, X), names(ledger, Y), ledger.ipCount], [[], ['a assigned'], 1]);
    ledger.remove('uid-a');
    assert.deepEqual([ledger.ipCount, ledger.serviceCount], [0, 0]);
  });

  test('an event older than what is known changes nothing', () => {
    const ledger = new Ledger();
    ledger.upsert(view('a', ips(Y), version(2)));
    ledger.upsert(view('a', ips(X), version(1)));
    assert.deepEqual([names(ledger, X), names(ledger, Y)], [[], ['a assigned']]);
  });

  test('the first list puts the oldest Service first, later events come behind it', () => {
    const ledger = new Ledger();
    const young = view('young', ips(X), metadata({ creationTimestamp: '2026-02-01T00:00:00Z' }));
    const old = view('old', ips(X), metadata({ creationTimestamp: '2025-02-01T00:00:00Z' }));
    ledger.replaceAll([young, old], 100);
    ledger.upsert(view('older-still', ips(X), metadata({ creationTimestamp: '2020-02-01T00:00:00Z' })));
    assert.deepEqual(names(ledger, X), ['old assigned', 'young assigned', 'older-still assigned']);
    assert.deepEqual(
      [...ledger.contested()].map(([ip]) => ip),
      [X],
    );
  });

  test('a second list drops what is gone and keeps the order of who stayed', () => {
    const ledger = new Ledger();
    ledger.upsert(view('first', ips(X), version(5)));
    ledger.upsert(view('second', ips(X), version(6)));
    ledger.upsert(view('gone', ips(X), version(7)));
    const older = metadata({ creationTimestamp: '2001-01-01T00:00:00Z' });
    ledger.replaceAll([view('second', ips(X), version(6), older), view('first', ips(X), version(5))], 9);
    assert.deepEqual(names(ledger, X), ['first assigned', 'second assigned']);
  });

  test('a list older than an event does not undo the event', () => {
    const ledger = new Ledger();
    ledger.upsert(view('new', ips(X), version(50)));
    ledger.replaceAll([], 40);
    assert.deepEqual(names(ledger, X), ['new assigned']);
  });

  test('sharing that was legal when it began is remembered until one leaves', () => {
    const ledger = new Ledger();
    ledger.upsert(view('a', ips(X), sharing('k', 80), version(1)));
    ledger.upsert(view('b', ips(X), sharing('k', 443), version(2)));
    ledger.upsert(view('b', ips(X), sharing('k', 80), version(3)));
    assert.ok(ledger.holdersOf(X).every(({ sharedLegally }) => sharedLegally));
    ledger.upsert(view('b', ips(Y), sharing('k', 80), version(4)));
    ledger.upsert(view('b', ips(X), sharing('k', 80), version(5)));
    assert.ok(ledger.holdersOf(X).every(({ sharedLegally }) => !sharedLegally));
  });
});

describe('what holdfast has allowed and not seen yet', () => {
  const reserved = (): Ledger => {
    const ledger = new Ledger();
    const pending = view('a', version(10));
    ledger.upsert(pending);
    ledger.reserve(pending, [X], FAR);
    return ledger;
  };

  test('a reservation holds the IP at once', () => {
    assert.deepEqual(names(reserved(), X), ['a reserved']);
  });

  test('an event as old as the reviewed Service does not undo it (the late event of design §1)', () => {
    const ledger = reserved();
    ledger.upsert(view('a', version(10)));
    ledger.upsert(view('a', version(9)));
    assert.deepEqual(names(ledger, X), ['a reserved']);
  });

  test('the write itself turns it into an assignment', () => {
    const ledger = reserved();
    ledger.upsert(view('a', ips(X), version(11)));
    assert.deepEqual(names(ledger, X), ['a assigned']);
  });

  test('any newer version without the IP proves that the write can no longer be stored', () => {
    const ledger = reserved();
    ledger.upsert(view('a', version(11)));
    assert.deepEqual(names(ledger, X), []);
  });

  test('a review upon a newer version renews it, one upon an older version does not weaken it', () => {
    const ledger = reserved();
    ledger.reserve(view('a', version(12)), [X], FAR);
    ledger.reserve(view('a', version(10)), [X], FAR);
    ledger.upsert(view('a', version(12)));
    assert.deepEqual(names(ledger, X), ['a reserved']);
  });

  test('it expires, but not a moment early', () => {
    const ledger = new Ledger();
    ledger.reserve(view('a', version(10)), [X], 1000);
    ledger.expire(999);
    assert.deepEqual(names(ledger, X), ['a reserved']);
    ledger.expire(1000);
    assert.deepEqual([names(ledger, X), ledger.ipCount], [[], 0]);
  });

  test('a list without the IP, newer than the review, ends it; the deletion of the Service too', () => {
    const listed = reserved();
    listed.replaceAll([view('a', version(11))], 12);
    assert.deepEqual(names(listed, X), []);
    const deleted = reserved();
    deleted.remove('uid-a');
    assert.deepEqual(names(deleted, X), []);
  });

  test('a Service that only a review knows is not there, and is forgotten with its last reservation', () => {
    const ledger = new Ledger();
    const forged = view('a', version(10));
    ledger.reserve(forged, [X, Y], FAR);
    assert.deepEqual([names(ledger, X), ledger.find('uid-a')], [['a reserved'], undefined]);
    ledger.unreserve('uid-a', [X]);
    assert.deepEqual([ledger.serviceCount, names(ledger, Y)], [1, ['a reserved']]);
    ledger.expire(FAR);
    assert.deepEqual([ledger.serviceCount, ledger.ipCount], [0, 0]);
  });

  test('a Service that is gone neither comes back with a late event nor reserves anything', () => {
    const ledger = reserved();
    ledger.remove('uid-a');
    ledger.upsert(view('a', ips(X), version(99)));
    ledger.reserve(view('a', version(99)), [X], FAR);
    assert.deepEqual([names(ledger, X), ledger.find('uid-a'), ledger.serviceCount], [[], 'gone', 0]);
  });

  test('a Service that is seen after its review keeps its reservation', () => {
    const ledger = new Ledger();
    ledger.reserve(view('a', version(10)), [X], FAR);
    ledger.upsert(view('a', version(10)));
    assert.equal(ledger.find('uid-a') === undefined, false);
    ledger.unreserve('uid-a', [X]);
    assert.equal(ledger.serviceCount, 1);
  });
});
