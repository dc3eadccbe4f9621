import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = readFileSync(`${ROOT}/docs/threat-model.md`, 'utf8');

/** Every text of every test file but this one. */
function testFiles(): string {
  const files = readdirSync(`${ROOT}/test`, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.test.ts') && !file.includes('threat-model'))
    .map((file) => readFileSync(`${ROOT}/test/${file}`, 'utf8'))
    .join('\n');
}

/** The last cell of each row of threats: names of tests in backquotes. */
function namedTests(): readonly string[] {
  const rows = PAGE.split('\n').filter((line) => line.startsWith('| ') && line.includes('`'));
  return rows.flatMap((row) => [...(row.split('|').at(-2) ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
}

/** A template in a test's name stands for anything. */
function isNamed(name: string, files: string): boolean {
  return files.includes(`'${name}'`) || files.includes(name.replace(/\(\w+\)/, '($'.concat('{verb})')));
}

test('every threat names tests that exist', () => {
  const files = testFiles();
  const names = namedTests();
  assert.ok(names.length >= 16, `${names.length} tests are named`);
  assert.deepEqual(
    names.filter((name) => !isNamed(name, files)),
    [],
  );
});

test('every row of threats has a test', () => {
  const rows = PAGE.split('\n').filter((line) => line.startsWith('| ') && !/^\| (---|who )/.test(line));
  assert.deepEqual(
    rows.filter((row) => !(row.split('|').at(-2) ?? '').includes('`')),
    [],
  );
});
