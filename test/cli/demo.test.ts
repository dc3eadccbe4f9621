import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const DEMO = fileURLToPath(new URL('../demo/demo.ts', import.meta.url));

test('the demo ends well, within 80 columns and without colours when it is written to a file', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [DEMO], { encoding: 'utf8' });
  assert.equal(stderr, '');
  assert.match(stdout, /^ +without +--mode enforce +--mode repair$/m);
  assert.match(stdout, /^Services that lost their IP +[1-9]\d* +0 +0$/m);
  assert.match(stdout, /^IPs with two owners at once +[1-9]\d* +0 +0$/m);
  assert.match(stdout, /^writes refused +0 +[1-9]\d* +0$/m);
  assert.match(stdout, /^writes repaired +0 +0 +[1-9]\d*$/m);
  assert.match(stdout, /^Services still without an IP +0 +[1-9]\d* +0$/m);
  const bad = stdout.split('\n').filter((line) => line.length > 80 || line.includes('\u001b') || line.endsWith(' '));
  assert.deepEqual(bad, []);
});
