import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { commandsOf, type DocsCommand, pages, ROOT } from '../docs/commands.ts';
import { ELSEWHERE } from '../docs/elsewhere.ts';
import { allCommands, entryFor } from '../docs/fates.ts';

const all = allCommands();
/** The pages where the very same command stands. */
const pagesWith = ({ command }: DocsCommand): readonly string[] =>
  all.flatMap((one) => (one.command === command ? [one.page] : []));
const at = ({ page, line, command }: DocsCommand): string => `${page}:${line}: ${command}`;

describe('every command in the docs is run by a test, or it is said why not', () => {
  test('none is forgotten', () => {
    const forgotten = all.filter(({ fate }) => fate.kind === 'unknown').map(at);
    const advice =
      'put each into a block "```sh run" (test/e2e/docs.test.ts runs it), "```sh run by FILE" or "```sh not run: WHY", ' +
      'or name it in test/docs/elsewhere.ts';
    assert.deepEqual(forgotten, [], advice);
    assert.ok(all.filter(({ fate }) => fate.kind === 'run').length >= 30, 'most are run');
  });

  test('a file that is said to run a command exists, and holds the command or the name of the page', () => {
    for (const each of all) {
      if (each.fate.kind !== 'run by') continue;
      const path = join(ROOT, each.fate.file);
      assert.ok(existsSync(path), `${at(each)}: there is no ${each.fate.file}`);
      const text = readFileSync(path, 'utf8');
      const parts = each.command.split(' && ');
      assert.ok(
        parts.every((part) => text.includes(part)) || pagesWith(each).some((page) => text.includes(page)),
        `${at(each)}: ${each.fate.file} holds neither the command nor "${each.page}"`,
      );
    }
  });

  test('every npm script that is named exists, in a block or in a sentence', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    for (const page of pages()) {
      const text = readFileSync(join(ROOT, page), 'utf8');
      for (const [, script = ''] of text.matchAll(/\bnpm run (?:-s )?([\w:]+)/g)) {
        assert.ok(Object.hasOwn(scripts, script), `${page}: npm run ${script}`);
      }
    }
  });

  test('the list of the others holds nothing that is in no page', () => {
    const used = new Set(all.map(({ command }) => entryFor(command)));
    assert.deepEqual(
      Object.keys(ELSEWHERE).filter((entry) => !used.has(entry)),
      [],
    );
  });
});

describe('how commands are found', () => {
  const found = (text: string) =>
    commandsOf('page.md', text).map(({ line, command, fate }) => [line, command, fate.kind]);

  test('in fenced blocks, by their info string', () => {
    const text = 'A\n\n```sh run\n# first\na b\n\nc \\\n  d   # why\n```\n\n```sh not run: no\ne\n```\n```sh\nf\n```\n';
    assert.deepEqual(found(text), [
      [5, 'a b', 'run'],
      [7, 'c d', 'run'],
      [12, 'e', 'not run'],
      [15, 'f', 'unknown'],
    ]);
  });

  test('in indented blocks, behind a prompt too; neither output nor prose nor another language', () => {
    const text =
      'A\n\n    $ kubectl get x\n    NAME  y\n\nB\n    kubectl is a word\n\n    metadata: z\n\n```yaml\nkubectl: 1\n```\n';
    assert.deepEqual(found(text), [[3, 'kubectl get x', 'unknown']]);
  });

  test('a test that runs one is named', () => {
    const [one] = commandsOf('page.md', '```sh run by test/x.test.ts\na\n```\n');
    assert.deepEqual(one?.fate, { kind: 'run by', file: 'test/x.test.ts' });
  });
});
