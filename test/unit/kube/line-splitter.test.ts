import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitLines } from '../../../src/kube/line-splitter.ts';

async function* chunksOf(...chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks;
}

async function lines(chunks: AsyncIterable<Buffer>, maxBytes?: number): Promise<string[]> {
  return (await Array.fromAsync(splitLines(chunks, maxBytes))).flat();
}

test('a character of several bytes is whole wherever the stream is cut', async () => {
  const bytes = Buffer.from('{"a":"ä€😀"}\n{"b":1}\n');
  for (let cut = 0; cut <= bytes.length; cut++) {
    assert.deepEqual(await lines(chunksOf(bytes.subarray(0, cut), bytes.subarray(cut))), ['{"a":"ä€😀"}', '{"b":1}']);
  }
});

test('any text cut anywhere gives its lines', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ unit: 'grapheme', minLength: 1 })),
      fc.integer({ min: 1, max: 9 }),
      async (texts, size) => {
        const wanted = texts.map((text) => JSON.stringify(text));
        const bytes = Buffer.from(wanted.map((line) => `${line}\n`).join(''));
        const chunks = [];
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
        assert.deepEqual(await lines(chunksOf(...chunks)), wanted);
      },
    ),
  );
});

test('half a line at the end is dropped, and empty lines are no lines', async () => {
  assert.deepEqual(await lines(chunksOf(Buffer.from('one\n\n\ntw'))), ['one']);
});

test('a line of very many chunks is joined once, not at each chunk', { timeout: 20_000 }, async () => {
  const chunk = Buffer.alloc(1024, 'x');
  const many = Array.from({ length: 20_000 }, () => chunk);
  const [line] = await lines(chunksOf(...many, Buffer.from('\n')));
  assert.equal(line?.length, 20_000 * 1024);
});

test('a line without end is refused before it eats the memory', async () => {
  const chunk = Buffer.alloc(60, 'x');
  await assert.rejects(lines(chunksOf(chunk, chunk), 100), /longer than 100 bytes/);
});
