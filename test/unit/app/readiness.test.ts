import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Readiness } from '../../../src/app/readiness.ts';

const CACHES = ['services', 'claims', 'adoption'] as const;

/** Whether a promise has settled after everything that was under way in this turn. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  void promise.then(() => {
    settled = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return settled;
}

describe('waiting for caches', () => {
  test('ends with the last of those that are waited for, whatever else is missing', async () => {
    const readiness = new Readiness(CACHES, ['certificate']);
    const met = readiness.untilMet(['services', 'claims'], new AbortController().signal);
    readiness.met('claims');
    assert.equal(await isSettled(met), false);
    readiness.met('certificate');
    assert.equal(await isSettled(met), false);
    readiness.met('services');
    assert.equal(await isSettled(met), true);
    assert.equal(readiness.mayDecide, false);
  });

  test('ends at once when all are complete, and for a cache that is not used', async () => {
    const readiness = new Readiness(['services']);
    readiness.met('services');
    assert.equal(await isSettled(readiness.untilMet(['services', 'claims'], new AbortController().signal)), true);
  });

  test('ends when it is told to stop, before or during the wait', async () => {
    const readiness = new Readiness(CACHES);
    assert.equal(await isSettled(readiness.untilMet(['services'], AbortSignal.abort())), true);
    const stopping = new AbortController();
    const waiting = readiness.untilMet(['services'], stopping.signal);
    assert.equal(await isSettled(waiting), false);
    stopping.abort();
    assert.equal(await isSettled(waiting), true);
  });

  test('several may wait at the same time', async () => {
    const readiness = new Readiness(CACHES);
    const { signal } = new AbortController();
    const [one, all] = [readiness.untilMet(['services'], signal), readiness.untilMayDecide(signal)];
    readiness.met('services');
    assert.deepEqual([await isSettled(one), await isSettled(all)], [true, false]);
    readiness.met('adoption');
    readiness.met('claims');
    assert.equal(await isSettled(all), true);
  });
});

describe('what is missing', () => {
  test('adoption counts like a cache: nothing is decided before it', () => {
    const readiness = new Readiness(CACHES);
    readiness.met('services');
    readiness.met('claims');
    assert.equal(readiness.mayDecide, false);
    assert.deepEqual(readiness.undecidedBecause(), ['claims for the IPs that were assigned before']);
    readiness.met('adoption');
    assert.equal(readiness.mayDecide, true);
  });

  test('steps keep it unready, and able to decide', () => {
    const readiness = new Readiness([], ['registration']);
    assert.equal(readiness.mayDecide, true);
    assert.deepEqual(readiness.report(), { ready: false, waitingFor: ['the webhook configuration'] });
  });

  test('stale caches may not decide, and say why', () => {
    const readiness = new Readiness([]);
    let silence: string | undefined = 'news of Services';
    readiness.watchStaleness(() => silence);
    assert.deepEqual([readiness.mayDecide, readiness.report().waitingFor], [false, ['news of Services']]);
    silence = undefined;
    assert.deepEqual([readiness.mayDecide, readiness.report().ready], [true, true]);
  });

  test('draining is unready and decides still', () => {
    const readiness = new Readiness([]);
    readiness.drain();
    assert.deepEqual([readiness.mayDecide, readiness.report().ready], [true, false]);
  });
});
