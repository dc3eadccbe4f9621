import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const MODULE = new URL('../../src/config/node-flags.ts', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'holdfast-flags-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Prints the flags in effect, how large the young generation becomes, and the arguments. */
const PROGRAM = `
import v8 from 'node:v8';
import { insistOnNodeFlags } from '${MODULE}';
console.log('started');
insistOnNodeFlags();
let kept = [];
for (let i = 0; i < 1e6; i += 1) if (kept.push({ i, list: [i] }) > 60_000) kept = [];
const young = v8.getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space').space_size;
console.log(JSON.stringify({ flags: process.execArgv, young: young / 2 ** 20, args: process.argv.slice(2) }));
`;
const file = join(folder, 'program.mjs');
writeFileSync(file, PROGRAM);

function run(flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { NODE_OPTIONS: _any, ...rest } = process.env;
  const words = [...flags, file, 'serve', '--log-level=info'];
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8', env: { ...rest, ...env } });
  assert.deepEqual([status, stderr], [0, '']);
  const lines = stdout.trim().split('\n');
  return { starts: lines.length - 1, ...JSON.parse(lines.at(-1) ?? '') };
}

test('serve starts anew with a small young generation, its arguments as they were', () => {
  const { starts, flags, young, args } = run(['--stack-trace-limit=7']);
  assert.deepEqual(flags, ['--stack-trace-limit=7', '--max-semi-space-size=8']);
  assert.deepEqual([starts, args], [2, ['serve', '--log-level=info']]);
  assert.ok(young <= 24, `the young generation has ${young} MiB`);
});

test('a size that was given on the command line or in NODE_OPTIONS stays', () => {
  const given = run(['--max-semi-space-size=6']);
  assert.deepEqual([given.starts, given.flags], [1, ['--max-semi-space-size=6']]);
  const inEnvironment = run([], { NODE_OPTIONS: '--max_semi_space_size=6' });
  assert.deepEqual([inEnvironment.starts, inEnvironment.flags], [1, []]);
});
