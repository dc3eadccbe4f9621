import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FewIndex } from '../../../src/core/few-index.ts';
import { ipOf } from '../../gen/claim.ts';

const [one, two] = [ipOf('192.0.2.1'), ipOf('2001:db8::1')];

test('an index holds one IP or several under a key, each once, in the order in which they came', () => {
  const index = new FewIndex();
  assert.deepEqual(index.get('a'), []);
  index.add('a', one);
  index.add('a', one);
  assert.deepEqual(index.get('a'), [one]);
  index.add('a', two);
  index.add('a', two);
  assert.deepEqual(index.get('a'), [one, two]);
  assert.deepEqual(index.get('b'), []);
});

test('an index forgets exactly what is removed', () => {
  const index = new FewIndex();
  index.add('a', one);
  index.remove('a', two);
  index.remove('b', one);
  assert.deepEqual(index.get('a'), [one]);
  index.add('a', two);
  index.remove('a', one);
  assert.deepEqual(index.get('a'), [two]);
  index.remove('a', two);
  assert.deepEqual(index.get('a'), []);
  index.add('a', one);
  assert.deepEqual(index.get('a'), [one]);
});
