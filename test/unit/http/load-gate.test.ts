import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LoadGate } from '../../../src/http/load-gate.ts';

const IDLE = { waited: () => 0 };
const gate = () => new LoadGate({ maxInFlight: 2, maxBytes: 100 }, IDLE);
const EARLY = { budgetMs: 1_000, spentMs: 0 };

describe('what is let in', () => {
  test('a review with a fifth of its time left is decided, with less it is not', () => {
    assert.equal(gate().refusal({ budgetMs: 1_000, spentMs: 800 }), undefined);
    const refusal = gate().refusal({ budgetMs: 1_000, spentMs: 801 });
    assert.equal(refusal?.code, 503);
    assert.match(
      refusal?.message ?? '',
      /^overloaded: this call has waited for 801 ms, too much of its time; try again/,
    );
  });

  test('so many reviews at a time, and again when one is done', () => {
    const busy = gate();
    busy.deciding();
    assert.equal(busy.refusal(EARLY), undefined);
    busy.deciding();
    assert.match(busy.refusal(EARLY)?.message ?? '', /^overloaded: 2 reviews are being decided/);
    busy.decided();
    assert.equal(busy.refusal(EARLY), undefined);
  });

  test('so many bytes at a time; the first body always, however large', () => {
    const full = gate();
    assert.equal(full.mayRead(500), true);
    assert.equal(full.mayRead(1), false);
    full.leave(500);
    assert.equal(full.mayRead(60), true);
    assert.equal(full.mayRead(40), true);
    assert.equal(full.mayRead(1), false);
  });
});
