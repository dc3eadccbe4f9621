import assert from 'node:assert/strict';
import { access, readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { test } from 'node:test';
import { REASONS } from '../../src/core/reasons.ts';
import { LIVE_SCENARIOS, SHOWN_ELSEWHERE } from '../e2e/scenarios/all.ts';

const FOLDER = new URL('./', import.meta.url);
const PAGE = new URL('../../docs/scenarios.md', import.meta.url);

/** The rows of the table: number, reasons, the versions of MetalLB and the test. */
async function rows() {
  const lines = (await readFile(PAGE, 'utf8')).split('\n').filter((line) => /^\| \d+ \|/.test(line));
  return lines.map((line) => {
    const cells = line.split('|').map((cell) => cell.trim());
    const [, number, , , reasons = '', , , playedOn = '', name = ''] = cells;
    assert.equal(cells.length, 10, line);
    return { number: Number(number), reasons, playedOn, name };
  });
}

async function testNames(): Promise<readonly string[]> {
  const files = (await readdir(FOLDER)).filter((file) => file.endsWith('.test.ts'));
  const sources = await Promise.all(files.map((file) => readFile(new URL(file, FOLDER), 'utf8')));
  return sources.flatMap((source) => [...source.matchAll(/^test\('(S\d\d [^']+)'/gm)].map(([, name = '']) => name));
}

test('docs/scenarios.md has the 45 scenarios and those found since, each once and in order', async () => {
  const numbers = (await rows()).map(({ number }) => number);
  assert.ok(numbers.length >= 45);
  assert.deepEqual(
    numbers,
    numbers.map((_, i) => i + 1),
  );
});

test('every scenario of docs/scenarios.md names a test that exists, and every scenario that has a test is listed', async () => {
  const listed = await rows();
  const numberOf = (name: string) => name.slice(0, 3);
  const names = await testNames();
  for (const { name } of listed) assert.ok(names.includes(name), name);
  assert.deepEqual([...new Set(names.map(numberOf))].toSorted(), listed.map(({ name }) => numberOf(name)).toSorted());
  for (const { number, name } of listed) assert.ok(name.startsWith(`S${String(number).padStart(2, '0')} `), name);
});

test('every reason code of docs/scenarios.md is one of the catalogue', async () => {
  for (const { number, reasons } of await rows()) {
    for (const [, code = ''] of reasons.matchAll(/`(\w+)`/g)) assert.ok(code in REASONS, `${number}: ${code}`);
  }
});

test('every scenario of docs/scenarios.md is played on the versions of MetalLB that it names, or names another test', async () => {
  const short = (version: string): string => version.replace(/\.\d+$/, '');
  const played = LIVE_SCENARIOS.map(({ number, on }) => {
    const [first = '', last = first] = [on[0], on.at(-1)].map((version) => short(version ?? ''));
    return [number, first === last ? first : `${first}–${last}`] as const;
  });
  const elsewhere = Object.entries(SHOWN_ELSEWHERE).map(
    ([number, file]) => [Number(number), `[${basename(file, '.test.ts')}](../${file})`] as const,
  );
  for (const file of Object.values(SHOWN_ELSEWHERE)) await access(new URL(`../../${file}`, import.meta.url));
  const expected = new Map([...played, ...elsewhere]);
  assert.equal(expected.size, played.length + elsewhere.length, 'none is there twice');
  assert.deepEqual(
    new Map((await rows()).map(({ number, playedOn }) => [number, playedOn])),
    new Map([...expected].toSorted(([a], [b]) => a - b)),
  );
});
