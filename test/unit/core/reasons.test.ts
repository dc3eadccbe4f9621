import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { REASONS } from '../../../src/core/reasons.ts';

const MANUAL = new URL('../../../docs/reasons.md', import.meta.url);

test('docs/reasons.md explains every reason code, and invents none', async () => {
  const manual = await readFile(MANUAL, 'utf8');
  const documented = [...manual.matchAll(/^### `(\w+)`$/gm)].map(([, code]) => code ?? '');
  assert.deepEqual(new Set(documented), new Set(Object.keys(REASONS)));
  assert.equal(documented.length, 32);
});

test('docs/reasons.md gives each code the meaning that the catalogue gives it', async () => {
  const manual = (await readFile(MANUAL, 'utf8')).replaceAll(/\s+/g, ' ');
  for (const [code, { meaning }] of Object.entries(REASONS)) {
    assert.ok(manual.includes(`### \`${code}\` ${meaning}`), `${code}: ${meaning}`);
  }
});
