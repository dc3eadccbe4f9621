import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { COMMANDS } from '../../../src/cli/commands.ts';
import { completionScript } from '../../../src/cli/completion.ts';
import { asCalled } from '../../../src/cli/program.ts';

/** What bash offers for this command line, the last word being typed. */
function offered(t: TestContext, ...words: readonly string[]): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-completion-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'script'), completionScript('bash'));
  const line = words.map((word) => `'${word}'`).join(' ');
  const program = `source ./script; COMP_WORDS=(${line}); COMP_CWORD=${words.length - 1}; _holdfast; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const text = execFileSync('bash', ['--norc', '-c', program], { cwd: folder, encoding: 'utf8' });
  return text.split('\n').filter((one) => one !== '');
}

test('bash completes commands, flags, and the values of flags', (t) => {
  assert.deepEqual(
    new Set(offered(t, 'holdfast', '')),
    new Set([...Object.keys(COMMANDS), 'help', '--help', '--version']),
  );
  assert.deepEqual(offered(t, 'holdfast', 'un'), ['unpin', 'unregister']);
  assert.deepEqual(offered(t, 'holdfast', 'pin', '--d'), ['--dry-run']);
  assert.deepEqual(offered(t, 'holdfast', 'check', '--output', ''), ['table', 'json', 'yaml']);
  assert.deepEqual(offered(t, 'holdfast', 'check', '-o', 'y'), ['yaml']);
  assert.deepEqual(offered(t, 'holdfast', 'serve', '--mode', 're'), ['repair']);
  assert.deepEqual(offered(t, 'holdfast', 'plan', '-f', 'scr'), ['script']);
  assert.deepEqual(offered(t, 'holdfast', 'completion', 'z'), ['zsh']);
  assert.deepEqual(offered(t, 'holdfast', 'help', 'pl'), ['plan']);
});

for (const shell of ['zsh', 'fish'] as const) {
  test(`the script for ${shell} names every command and flag`, () => {
    const script = completionScript(shell);
    for (const { name, flags } of Object.values(COMMANDS)) {
      assert.match(script, new RegExp(`\\b${name}\\b`));
      for (const flag of flags) assert.match(script, new RegExp(`\\b${flag.name}\\b`));
    }
    assert.equal((script.match(/'/g) ?? []).length % 2, 0, 'quotes are balanced');
  });
}

test('command lines in texts are written as the program was called', () => {
  const text = 'holdfast keeps IPs.\n  holdfast check\nSee "holdfast --help". holdfast plan: 1 problem';
  assert.equal(asCalled(text, 'holdfast'), text);
  assert.equal(
    asCalled(text, 'kubectl holdfast'),
    'holdfast keeps IPs.\n  kubectl holdfast check\nSee "kubectl holdfast --help". kubectl holdfast plan: 1 problem',
  );
});
