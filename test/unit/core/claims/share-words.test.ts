import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterState } from '../../../../src/app/cluster-state.ts';
import { serviceToView } from '../../../../src/review/service-to-view.ts';
import { claimHolder, ipOf, storedClaim } from '../../../gen/claim.ts';
import { service } from '../../../gen/service.ts';

const IP = '192.0.2.7';
const view = serviceToView(service('a'));
const claim = storedClaim(IP, [{ ...claimHolder('a'), service: { ...view.ref } }]);
const stateOf = () => new ClusterState({ graceMs: 1, stickyMs: 1 }, { now: () => 0 });
const named = `${view.ref.namespace}/${view.ref.name}`;

test('claims name a Service as its view does, whichever list comes first', () => {
  const [claimsFirst, servicesFirst] = [stateOf(), stateOf()];
  claimsFirst.book.replaceAll([claim], 1);
  claimsFirst.ledger.replaceAll([view], 1);
  servicesFirst.ledger.replaceAll([view], 1);
  servicesFirst.book.replaceAll([claim], 1);
  for (const { book } of [claimsFirst, servicesFirst]) {
    const kept = book.get(ipOf(IP));
    assert.equal(kept?.holders[0]?.service, view.ref);
    assert.deepEqual(kept, claim);
    assert.deepEqual([book.ofUid(view.ref.uid), book.ofName(named)], [[claim], [claim]]);
    book.drop(ipOf(IP), claim.uid, claim.version);
    assert.deepEqual([book.size, book.ofUid(view.ref.uid), book.ofName(named)], [0, [], []]);
  }
});

test('a claim that says another name for the uid keeps it', () => {
  const state = stateOf();
  state.ledger.replaceAll([view], 1);
  const other = storedClaim(IP, [{ ...claimHolder('a'), service: { ...view.ref, name: 'z' } }]);
  state.book.put(other);
  assert.equal(state.book.get(ipOf(IP)), other);
});
