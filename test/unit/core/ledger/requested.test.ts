import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Ledger } from '../../../../src/core/ledger/ledger.ts';
import { ipOf } from '../../../gen/claim.ts';
import { ips, metadata, pinned, requested, spec, version, view } from '../../../gen/service.ts';

const X = ipOf('192.0.2.7');
const Y = ipOf('192.0.2.8');

describe('an IP that a user requests', () => {
  const rows = [
    ['by annotation', view('a', requested(X)), true],
    ['by spec.loadBalancerIP', view('a', spec({ loadBalancerIP: X })), true],
    ['and has already', view('a', requested(X), ips(X)), false],
    ['as one of two, and has the other', view('a', requested(`${X},2001:db8::7`), ips('2001:db8::7')), true],
    ['which is a pin of holdfast’s', view('a', pinned(X)), false],
    ['for a Service that is no LoadBalancer', view('a', requested(X), spec({ type: 'ClusterIP' })), false],
    ['for a Service that is being deleted', view('a', requested(X), metadata({ deletionTimestamp: 'now' })), false],
    ['besides nonsense', view('a', requested(`${X},x`)), false],
  ] as const;
  for (const [name, service, expected] of rows) {
    test(`${name}: ${expected ? 'is kept for it' : 'is not kept'}`, () => {
      const ledger = new Ledger();
      ledger.upsert(service);
      assert.equal(ledger.isRequested(X), expected);
    });
  }

  test('is kept as long as one of two Services requests it, and told when it is free again', () => {
    const ledger = new Ledger();
    const freed: string[] = [];
    ledger.whenFreed((ip) => freed.push(ip));
    ledger.upsert(view('a', requested(X)));
    ledger.upsert(view('b', requested(X)));
    ledger.upsert(view('a', requested(Y), version(101)));
    assert.deepEqual([ledger.isRequested(X), ledger.isRequested(Y), freed], [true, true, []]);
    ledger.remove('uid-b');
    assert.deepEqual([ledger.isRequested(X), freed], [false, [X]]);
    ledger.upsert(view('a', version(102)));
    assert.deepEqual([ledger.isRequested(Y), freed], [false, [X, Y]]);
  });

  test('stops to be one once it is assigned', () => {
    const ledger = new Ledger();
    ledger.upsert(view('a', requested(X)));
    ledger.upsert(view('a', requested(X), ips(X), version(101)));
    assert.deepEqual([ledger.isRequested(X), ledger.has(X)], [false, true]);
  });

  test('is counted once, however often the Service is seen', () => {
    const ledger = new Ledger();
    for (const n of [100, 101, 102]) ledger.upsert(view('a', requested(X), version(n)));
    ledger.remove('uid-a');
    assert.equal(ledger.isRequested(X), false);
  });
});
