import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Ledger } from '../../../../src/core/ledger/ledger.ts';
import { ipOf } from '../../../gen/claim.ts';
import { createdBy, ips, metadata, sharing, spec, version, view } from '../../../gen/service.ts';

const X = ipOf('192.0.2.7');
const Y = ipOf('192.0.2.8');
const FAR = 1e15;

describe('the Service that a review created', () => {
  test('is found by it until it is gone', () => {
    const ledger = new Ledger();
    ledger.upsert(view('a', createdBy('review-1')));
    assert.equal(ledger.createdBy('review-1')?.ref.name, 'a');
    assert.equal(ledger.createdBy('review-2'), undefined);
    ledger.remove('uid-a');
    assert.equal(ledger.createdBy('review-1'), undefined);
  });

  test('is the first that carries the mark: a copy of its manifest is not it, also when the copy goes', () => {
    const ledger = new Ledger();
    ledger.upsert(view('a', createdBy('review-1')));
    ledger.upsert(view('copy', createdBy('review-1')));
    assert.equal(ledger.createdBy('review-1')?.ref.name, 'a');
    ledger.remove('uid-copy');
    assert.equal(ledger.createdBy('review-1')?.ref.name, 'a');
  });

  test('is nobody for Services without a mark', () => {
    const ledger = new Ledger();
    ledger.upsert(view('a'));
    assert.equal(ledger.createdBy(''), undefined);
  });
});

describe('IPs under a sharing key', () => {
  const under = (ledger: Ledger, key: string): readonly string[] => [...ledger.sharedUnder(key)];

  test('are those in a status and those reserved', () => {
    const ledger = new Ledger();
    ledger.upsert(view('a', ips(X), sharing('k', 80)));
    const pending = view('b', sharing('k', 81));
    ledger.upsert(pending);
    ledger.upsert(view('c', ips('192.0.2.9'), sharing('other')));
    assert.deepEqual(under(ledger, 'k'), [X]);
    ledger.reserve(pending, [Y], FAR);
    assert.deepEqual(under(ledger, 'k'), [X, Y]);
    assert.deepEqual(under(ledger, 'none'), []);
  });

  test('follow a Service that changes or drops its key, and go with it', () => {
    const ledger = new Ledger();
    ledger.upsert(view('a', ips(X), sharing('k')));
    ledger.upsert(view('a', ips(X), sharing('new'), version(101)));
    assert.deepEqual([under(ledger, 'k'), under(ledger, 'new')], [[], [X]]);
    ledger.upsert(view('a', ips(X), version(102)));
    assert.deepEqual([under(ledger, 'new'), under(ledger, '')], [[], []]);
    ledger.upsert(view('a', ips(X), sharing('k'), version(103)));
    ledger.remove('uid-a');
    assert.deepEqual(under(ledger, 'k'), []);
  });
});

test('the primary family is that of the API server’s own Service, of no other', () => {
  const ledger = new Ledger();
  const six = spec({ ipFamilies: ['IPv6'] });
  ledger.upsert(view('kubernetes', metadata({ namespace: 'shop', uid: 'other' })));
  ledger.upsert(view('web'));
  assert.equal(ledger.primaryFamily, undefined);
  ledger.upsert(view('kubernetes', six));
  ledger.upsert(view('web', version(101)));
  assert.equal(ledger.primaryFamily, 'IPv6');
});

test('contested are the IPs with several holders only', () => {
  const ledger = new Ledger();
  ledger.upsert(view('a', ips(X)));
  ledger.upsert(view('b', ips(X, Y)));
  assert.deepEqual(
    [...ledger.contested()].map(([ip, holders]) => [ip, holders.length]),
    [[X, 2]],
  );
});

test('of Services that are equally old the first list takes the smaller uid first, whatever its order', () => {
  for (const names of [
    ['a', 'b'],
    ['b', 'a'],
  ]) {
    const ledger = new Ledger();
    ledger.replaceAll(
      names.map((name) => view(name, ips(X))),
      100,
    );
    assert.deepEqual(
      ledger.holdersOf(X).map(({ service }) => service.ref.name),
      ['a', 'b'],
    );
  }
});

test('an IP is free when its last holder has left, and is told once', () => {
  const ledger = new Ledger();
  const freed: string[] = [];
  const removed: string[] = [];
  ledger.whenFreed((ip) => freed.push(ip));
  ledger.whenRemoved(({ ref }) => removed.push(ref.name));
  ledger.upsert(view('a', ips(X)));
  ledger.upsert(view('b', ips(X)));
  ledger.remove('uid-a');
  assert.deepEqual([freed, removed], [[], ['a']]);
  ledger.upsert(view('b', version(101)));
  assert.deepEqual([freed, removed], [[X], ['a']]);
  ledger.unreserve('uid-ghost', [X]);
  assert.deepEqual(freed, [X]);
});
