import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { REASONS } from '../../src/core/reasons.ts';

const FOLDER = new URL('./', import.meta.url);
const PAGE = new URL('../../docs/scenarios.md', import.meta.url);

/** The rows of the table: number, reasons and test. */
async function rows() {
  const lines = (await readFile(PAGE, 'utf8')).split('\n').filter((line) => /^\| \d+ \|/.test(line));
  return lines.map((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const [, number, , , reasons = '', , , name = ''] = cells;
    assert.equal(cells.length, 9, line);
    return { number: Number(number), reasons, name };
  });
}

async function testNames(): Promise<readonly string[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.test.ts'));
  const sources = await Promise.all(files.map((file) => readFile(new URL(file, FOLDER), 'utf8')));
  return sources.flatMap((source) => [...source.matchAll(/^test\('(S\d\d [^']+)'/gm)].map(([, name = '']) => name));
}

test('docs/scenarios.md has the scenarios 1 to 45, each once and in order', async () => {
  const numbers = (await rows()).map(({ number }) => number);
  assert.deepEqual(
    numbers,
    Array.from({ length: 45 }, (_, i) => i + 1),
  );
});

test('every scenario of docs/scenarios.md names a test that exists, and every scenario test is listed', async () => {
  const listed = await rows();
  assert.deepEqual(listed.map(({ name }) => name).toSorted(), [...(await testNames())].toSorted());
  for (const { number, name } of listed) assert.ok(name.startsWith(`S${String(number).padStart(2, '0')} `), name);
});

test('every reason code of docs/scenarios.md is one of the catalogue', async () => {
  for (const { number, reasons } of await rows()) {
    for (const [, code = ''] of reasons.matchAll(/`(\w+)`/g)) assert.ok(code in REASONS, `${number}: ${code}`);
  }
});
