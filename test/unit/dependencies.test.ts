import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

test('every dependency is justified in one line, and nothing else is', () => {
  const { dependencies } = JSON.parse(read('package.json')) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const rows = [...read('docs/dependencies.md').matchAll(/^\| ([^ |]+) \| [^|]+ \| [^|]+ \|$/gm)];
  const listed = rows.map(([, name = '']) => name).filter((name) => name !== 'package' && name !== '---');
  assert.deepEqual(listed.toSorted(), Object.keys(dependencies).toSorted());
});
