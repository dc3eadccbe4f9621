import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RepeatedRestores } from '../../../src/app/repeated-restores.ts';

const START = Date.parse('2026-06-01T00:00:00Z');

/** The seconds after the start at which a Service that is restored all the time gets a mark. */
function marks(restores: RepeatedRestores, seconds: number): readonly number[] {
  return Array.from({ length: seconds }, (_, s) => s).filter(
    (s) => Object.keys(restores.mark('a', START + s * 1000)).length > 0,
  );
}

test('the first restore is marked with the time', () => {
  assert.deepEqual(new RepeatedRestores().mark('a', START), { 'holdfast.dev/repaired': '2026-06-01T00:00:00.000Z' });
});

test('the next ones come at intervals that double, up to five minutes', () => {
  assert.deepEqual(marks(new RepeatedRestores(), 1500), [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 811, 1111, 1411]);
});

test('one millisecond early is too early', () => {
  const restores = new RepeatedRestores();
  restores.mark('a', START);
  assert.deepEqual(restores.mark('a', START + 999), {});
  assert.notDeepEqual(restores.mark('a', START + 1000), {});
});

test('each Service has its own intervals', () => {
  const restores = new RepeatedRestores();
  restores.mark('a', START);
  assert.notDeepEqual(restores.mark('b', START), {});
});

test('a Service that was quiet for ten minutes begins anew', () => {
  const restores = new RepeatedRestores();
  marks(restores, 256);
  const later = START + 255_000 + 600_001;
  restores.mark('b', later);
  assert.notDeepEqual(restores.mark('a', later), {});
  assert.notDeepEqual(restores.mark('a', later + 1000), {});
});

test('only those that were quiet for ten minutes are forgotten, in whatever order they came', () => {
  const restores = new RepeatedRestores();
  restores.mark('a', START);
  restores.mark('b', START + 300_000);
  restores.mark('a', START + 400_000);
  restores.mark('c', START + 900_001);
  assert.equal(restores.size, 2);
  restores.mark('d', START + 1_600_000);
  assert.equal(restores.size, 1);
});
