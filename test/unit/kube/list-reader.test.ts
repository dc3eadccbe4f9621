import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ListReader } from '../../../src/kube/list-reader.ts';

/** Reads a text in pieces of this many bytes. */
function read(text: string, piece: number) {
  const reader = new ListReader((item) => item);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += piece) reader.write(bytes.subarray(at, at + piece));
  return reader.end();
}

const metadata = { resourceVersion: '7', continue: 'a"],[{' };

test('any objects come out as they went in, wherever the bytes are cut and whatever stands around', () => {
  const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue());
  fc.assert(
    fc.property(
      fc.array(object),
      fc.integer({ min: 1, max: 40 }),
      fc.boolean(),
      fc.boolean(),
      (items, piece, late, wide) => {
        const list = late ? { items, more: [[{ items: [1] }]], metadata } : { more: [{ items: [2] }], metadata, items };
        const text = JSON.stringify(list, undefined, wide ? 2 : 0);
        const expected = JSON.parse(text);
        assert.deepEqual(read(text, piece).items, expected.items);
        assert.deepEqual(read(text, piece).envelope, { ...expected, items: [] });
      },
    ),
  );
});

test('a list without items, or with null, has none', () => {
  assert.deepEqual(read('{"metadata":{}}', 3), { items: [], envelope: { metadata: {} } });
  assert.deepEqual(read('{"items":null}', 3), { items: [], envelope: { items: null } });
});

test('what breaks off or is not JSON is an error', () => {
  const text = JSON.stringify({ metadata, items: [{ a: 'b' }] });
  for (let length = 0; length < text.length; length += 1) {
    assert.throws(() => read(text.slice(0, length), 5), SyntaxError);
  }
  assert.throws(() => read('<html>bad gateway</html>', 5), SyntaxError);
  assert.throws(() => read('{"items":[{"a":}]}', 5), SyntaxError);
});
