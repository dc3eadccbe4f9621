import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { TokenFile } from '../../../src/kube/token-file.ts';
import { tempFolder, writeFile } from './helpers.ts';

test('a rotated token is taken up after ten seconds, and at once when asked to', (t) => {
  const folder = tempFolder(t);
  const file = writeFile(folder, 'token', 'one\n');
  let now = 0;
  const token = new TokenFile(file, () => now);
  assert.equal(token.read(), 'one');
  writeFile(folder, 'token', 'two');
  now = 9_999;
  assert.equal(token.read(), 'one');
  now = 10_000;
  assert.equal(token.read(), 'two');
  writeFile(folder, 'token', 'three');
  token.refresh();
  assert.equal(token.read(), 'three');
});

test('a token that is being replaced leaves the last one in use', (t) => {
  const folder = tempFolder(t);
  const file = writeFile(folder, 'token', 'one');
  const token = new TokenFile(file);
  assert.equal(token.read(), 'one');
  writeFile(folder, 'token', '');
  token.refresh();
  assert.equal(token.read(), 'one');
  rmSync(file);
  token.refresh();
  assert.equal(token.read(), 'one');
});

test('a token that was never there is an error that names the file', () => {
  const token = new TokenFile('/nonexistent/token');
  assert.throws(() => token.read(), /token file \/nonexistent\/token cannot be read/);
});
