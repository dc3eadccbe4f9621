import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWatchEvent } from '../../../src/kube/watch-events.ts';

const REQUEST = { method: 'GET', server: 'https://api', path: '/api/v1/services' };
const object = { metadata: { name: 'a', resourceVersion: '7' } };

test('an event is read with its version', () => {
  const event = parseWatchEvent(JSON.stringify({ type: 'MODIFIED', object }), REQUEST);
  assert.deepEqual(event, { type: 'MODIFIED', object, resourceVersion: '7' });
});

for (const [what, event] of Object.entries({
  'no type': { object },
  'a type that cannot become a text (found by fuzzing)': { type: { toString: '0.0.0.0' }, object },
  'no version': { type: 'ADDED', object: { metadata: {} } },
  'no object': { type: 'ADDED' },
  'a list': [],
})) {
  test(`${what}: no event`, () => {
    assert.throws(() => parseWatchEvent(JSON.stringify(event), REQUEST), SyntaxError);
  });
}
