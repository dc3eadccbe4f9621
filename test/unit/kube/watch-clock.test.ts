import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { RetryDelay } from '../../../src/kube/retry-delay.ts';
import { pause, systemClock, type WatchClock, Watchdog } from '../../../src/kube/watch-clock.ts';

/** Time that passes when told to. */
class FakeClock implements WatchClock {
  #now = 0;
  readonly #timers = new Map<() => void, number>();

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  random(): number {
    return 0;
  }

  timer(fire: () => void, ms: number): () => void {
    this.#timers.set(fire, this.#now + ms);
    return () => this.#timers.delete(fire);
  }

  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter(([, due]) => due <= end).sort(([, a], [, b]) => a - b);
      if (next === undefined) break;
      this.#timers.delete(next[0]);
      this.#now = next[1];
      next[0]();
    }
    this.#now = end;
  }
}

test('the watchdog barks after silence, not after a bookmark', () => {
  const clock = new FakeClock();
  const bark = mock.fn();
  const dog = new Watchdog(clock, 90_000, bark);
  for (let minute = 0; minute < 10; minute++) {
    clock.pass(60_000);
    dog.heard();
  }
  clock.pass(89_999);
  assert.equal(bark.mock.callCount(), 0);
  clock.pass(1);
  assert.equal(bark.mock.callCount(), 1);
});

test('a watchdog that was stopped is silent', () => {
  const clock = new FakeClock();
  const bark = mock.fn();
  new Watchdog(clock, 90_000, bark).stop();
  clock.pass(900_000);
  assert.equal(bark.mock.callCount(), 0);
});

test('the wait doubles up to its limit, half of it random, and begins again after a reset', () => {
  let random = 0;
  const delay = new RetryDelay({ clock: { random: () => random }, baseMs: 500, maxMs: 10_000 });
  assert.deepEqual(
    Array.from({ length: 7 }, () => delay.next()),
    [250, 500, 1000, 2000, 4000, 5000, 5000],
  );
  random = 0.999_999;
  assert.equal(delay.next(), 10_000);
  delay.ease();
  assert.equal(delay.nextAfterGood(), 1000);
  delay.reset();
  assert.equal(delay.nextAfterGood(), 0);
  assert.equal(delay.nextAfterGood(), 1000);
});

test('a pause ends early when it is called off', async () => {
  const stop = new AbortController();
  const paused = pause(systemClock, 3_600_000, stop.signal);
  stop.abort();
  await paused;
  await pause(systemClock, 3_600_000, stop.signal);
});
