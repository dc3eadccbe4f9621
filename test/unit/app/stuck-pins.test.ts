import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { StuckPins } from '../../../src/app/stuck-pins.ts';

describe('a pin that stands in MetalLB’s way', () => {
  let now: number;
  let stuck: StuckPins;

  beforeEach(() => {
    now = 1_000_000;
    stuck = new StuckPins({ now: () => now, monotonic: () => now });
  });

  /** Whether the pin has to go after refusals at these seconds. */
  const refusedAt = (...seconds: readonly number[]): readonly boolean[] =>
    seconds.map((s) => {
      now = 1_000_000 + s * 1000;
      return stuck.refusedBecauseOf('uid-a');
    });

  test('goes after three refusals over ten seconds', () => {
    assert.deepEqual(refusedAt(0, 5, 10), [false, false, true]);
  });

  test('stays through a burst', () => {
    assert.deepEqual(refusedAt(0, 1, 2, 3, 9.999), [false, false, false, false, false]);
  });

  test('stays at the second refusal, however late', () => {
    assert.deepEqual(refusedAt(0, 100), [false, false]);
  });

  test('is told to go once, and then watched anew', () => {
    assert.deepEqual(refusedAt(0, 5, 10, 11, 12, 21), [false, false, true, false, false, true]);
  });

  test('is told to go again at the next refusal if it could not', () => {
    assert.deepEqual(refusedAt(0, 5, 10), [false, false, true]);
    stuck.couldNotGo('uid-a');
    assert.deepEqual(refusedAt(11, 12), [true, false]);
  });

  test('is forgotten after ten quiet minutes', () => {
    assert.deepEqual(refusedAt(0, 1, 601.001, 602, 612), [false, false, false, false, true]);
  });

  test('of each Service is watched on its own', () => {
    refusedAt(0, 5);
    assert.equal(stuck.refusedBecauseOf('uid-b'), false);
    assert.deepEqual(refusedAt(10), [true]);
  });
});
