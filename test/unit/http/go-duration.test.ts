import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { budgetOf } from '../../../src/http/budget.ts';
import { parseGoDuration } from '../../../src/http/go-duration.ts';

const durations: readonly [string, number | undefined][] = [
  ['5s', 5000],
  ['500ms', 500],
  ['1m0s', 60_000],
  ['2.5s', 2500],
  ['1h2m3.5s', 3_723_500],
  ['.5s', 500],
  ['1.s', 1000],
  ['100us', 0.1],
  ['100µs', 0.1],
  ['1ns', 1e-6],
  ['0s', 0],
  ['', undefined],
  ['5', undefined],
  ['-5s', undefined],
  ['5 s', undefined],
  ['5S', undefined],
  ['s', undefined],
  ['.s', undefined],
  ['5s ', undefined],
  ['5x', undefined],
  ['1e3s', undefined],
];

describe('Go duration', () => {
  for (const [text, expected] of durations) {
    it(`reads "${text}" as ${expected} ms`, () => assert.equal(parseGoDuration(text), expected));
  }
});

const budgets: readonly [string, number][] = [
  ['/validate?timeout=5s', 4500],
  ['/validate?timeout=30s', 27_000],
  ['/validate?timeout=1h0m0s', 27_000],
  ['/validate?timeout=500ms', 400],
  ['/validate?timeout=150ms', 75],
  ['/validate?timeout=10s&timeout=1s', 9000],
  ['/validate?other=1&timeout=1s', 900],
  ['/validate', 9000],
  ['/validate?timeout=', 9000],
  ['/validate?timeout=0s', 9000],
  ['/validate?timeout=soon', 9000],
];

describe('budget', () => {
  for (const [url, expected] of budgets) {
    it(`gives ${url} ${expected} ms`, () => assert.equal(budgetOf(url, 10_000), expected));
  }
});
