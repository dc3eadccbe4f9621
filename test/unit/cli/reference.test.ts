import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { FINDING_CODES, FINDINGS } from '../../../src/app/check/finding.ts';
import { commandReference } from '../../../src/cli/reference.ts';

const doc = (name: string): string => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

test('docs/cli.md is what --help says', () => {
  assert.equal(doc('cli.md'), commandReference(), 'run "npm run docs:cli"');
});

test('docs/messages.md explains every finding of check, under its severity, and none that does not exist', () => {
  const sections = [...doc('messages.md').matchAll(/^### `(\w+)`\n\n(.+)$/gm)];
  assert.deepEqual(
    sections.map(([, code]) => code),
    FINDING_CODES,
  );
  for (const [, code, first] of sections) {
    assert.equal(first, FINDINGS[code as keyof typeof FINDINGS].meaning, String(code));
  }
});
