import assert from 'node:assert/strict';
import { test } from 'node:test';
import { neverPlayed } from '../../chaos/coverage.ts';
import { EDIT_KINDS, FAULT_KINDS, scheduleOf } from '../../chaos/schedule.ts';

/** What would be played if everything could be. */
function kindsOf(seed: number): readonly string[] {
  return scheduleOf(seed).happenings.map((one) => (one.who === 'fate' ? one.fault.kind : one.edit.kind));
}

test('any ten seeds in a row have every kind of fault and of edit', () => {
  for (let first = 1; first <= 200; first += 1) {
    const outcomes = Array.from({ length: 10 }, (_, i) => ({ played: kindsOf(first + i) }));
    assert.deepEqual(neverPlayed(outcomes), [], `from seed ${first} on`);
  }
});

test('what never happened is named', () => {
  const [fault, edit] = [FAULT_KINDS[0], EDIT_KINDS[0]];
  const others = [...FAULT_KINDS, ...EDIT_KINDS].filter((kind) => kind !== fault && kind !== edit);
  assert.deepEqual(neverPlayed([{ played: others }]), [fault, edit]);
});

test('a seed always makes the same schedule', () => {
  assert.deepEqual(scheduleOf(7), scheduleOf(7));
  assert.notDeepEqual(scheduleOf(7).happenings, scheduleOf(8).happenings);
});
