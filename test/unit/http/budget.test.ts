import assert from 'node:assert/strict';
import { test } from 'node:test';
import { budgetOf, rememberingLast } from '../../../src/http/budget.ts';

test('a budget leaves a tenth for the way back, and half of a very short timeout', () => {
  assert.equal(budgetOf('/validate?timeout=5s', 10_000), 4500);
  assert.equal(budgetOf('/validate', 10_000), 9000);
  assert.equal(budgetOf('/validate?timeout=150ms', 10_000), 75);
});

test('a remembered budget is that of the URL and the default asked for', () => {
  let asked = 0;
  const remembered = rememberingLast((url, defaultMs) => {
    asked += 1;
    return budgetOf(url, defaultMs);
  });
  const questions = [
    ['/validate?timeout=5s', 10_000],
    ['/validate?timeout=5s', 10_000],
    ['/validate?timeout=2s', 10_000],
    ['/validate', 10_000],
    ['/validate', 1_000],
    ['/validate?timeout=5s', 10_000],
  ] as const;
  for (const [url, defaultMs] of questions) assert.equal(remembered(url, defaultMs), budgetOf(url, defaultMs), url);
  assert.equal(asked, 5);
});
