import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { setImmediate as turnEnds } from 'node:timers/promises';
import { TurnClock } from '../../../src/http/turn-clock.ts';

describe('how long a call may have waited before it was seen', () => {
  let now: number;
  let idle: number;
  let clock: TurnClock;

  beforeEach(() => {
    [now, idle] = [1_000, 500];
    clock = new TurnClock({ now: () => now, idle: () => idle });
  });

  /** The loop works, or sleeps, for so long. */
  const works = (ms: number) => {
    now += ms;
  };
  const sleeps = (ms: number) => {
    now += ms;
    idle += ms;
  };

  test('after a sleep it is what was done since, hardly anything', async () => {
    clock.mark();
    await turnEnds();
    sleeps(60_000);
    works(1);
    assert.equal(clock.waited(), 1);
  });

  test('in a busy server it is the last turn and what of this one is over', async () => {
    clock.mark();
    works(300);
    await turnEnds();
    assert.equal(clock.waited(), 300);
    works(40);
    assert.equal(clock.waited(), 340, 'the socket that is read last has waited for those before it');
  });

  test('turns before the last one do not count: every socket was read in that one', async () => {
    for (let turn = 0; turn < 3; turn += 1) {
      clock.mark();
      works(300);
      await turnEnds();
    }
    assert.equal(clock.waited(), 300);
  });

  test('a sleep within the turn does not count either', () => {
    clock.mark();
    sleeps(30);
    assert.equal(clock.waited(), 0);
  });

  test('the real loop: a call that comes after a pause has not waited', async () => {
    const real = TurnClock.start();
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(real.waited() < 150, 'the pause itself was sleep');
  });

  test('the real loop: what waits behind work has waited as long as the work took', async () => {
    const real = TurnClock.start();
    real.mark();
    for (const until = performance.now() + 120; performance.now() < until; );
    await turnEnds();
    assert.ok(real.waited() >= 120);
  });
});
