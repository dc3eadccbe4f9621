import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentWords } from '../../../src/review/recent-words.ts';

/** V8 keeps what `join` makes as a text of its own. (Whether two equal texts are one cannot be asked in JavaScript.) */
const word = (n: number) => ['word', n].join('-');

test('a word comes back as it was, however many came between', () => {
  const words = new RecentWords();
  for (let n = 0; n < 20_000; n += 1) assert.equal(words.same(word(n)), word(n));
  for (const n of [0, 1, 19_999]) assert.equal(words.same(word(n)), word(n));
});
