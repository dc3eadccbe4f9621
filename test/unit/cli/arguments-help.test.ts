import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseArguments } from '../../../src/cli/arguments.ts';
import { COMMANDS, type CommandName } from '../../../src/cli/commands.ts';
import {
  checkSettings,
  floorSettings,
  historySettings,
  noSettings,
  pinSettings,
  planSettings,
  replaySettings,
  serveSettings,
  unpinSettings,
  unregisterSettings,
} from '../../../src/config/settings.ts';

function help(...argv: readonly string[]): string {
  const command = parseArguments(argv, '1.2.3');
  assert.equal(command.kind, 'help');
  return command.text;
}

const SETTINGS: Readonly<Record<CommandName, readonly string[]>> = {
  serve: [...Object.keys(serveSettings.shape), 'config'],
  floor: Object.keys(floorSettings.shape),
  unregister: Object.keys(unregisterSettings.shape),
  replay: Object.keys(replaySettings.shape),
  check: Object.keys(checkSettings.shape),
  plan: Object.keys(planSettings.shape),
  history: Object.keys(historySettings.shape),
  pin: Object.keys(pinSettings.shape),
  unpin: Object.keys(unpinSettings.shape),
  completion: Object.keys(noSettings.shape),
  version: Object.keys(noSettings.shape),
};

/** Quotes nothing: the examples hold no blanks inside of a word. */
function words(line: string): readonly string[] {
  return line.trim().split(/\s+/).slice(1);
}

test('holdfast --help, -h and help are the same and list every command', () => {
  const text = help('--help');
  assert.equal(help('-h'), text);
  assert.equal(help('help'), text);
  for (const command of Object.values(COMMANDS)) assert.match(text, new RegExp(`^  ${command.name}\\b`, 'm'));
});

for (const command of Object.values(COMMANDS)) {
  suite(`holdfast ${command.name} --help`, () => {
    const text = help(command.name, '--help');

    test('is at most 80 columns wide', () => {
      const wide = [...text.split('\n'), ...help('--help').split('\n')].filter((line) => line.length > 80);
      assert.deepEqual(wide, []);
    });

    test('wins over whatever else is wrong, and "help NAME" says the same', () => {
      assert.equal(help(command.name, '--bogus', '-h'), text);
      assert.equal(help('help', command.name), text);
    });

    test('shows every setting the command takes, each once and no others', () => {
      const shown = [...text.matchAll(/^ {2}--([a-z-]+)/gm)].map((match) => match[1]);
      const settings = [...SETTINGS[command.name as CommandName], 'help'];
      assert.deepEqual(new Set(shown), new Set(settings));
      assert.equal(shown.length, settings.length);
    });

    test('has two or three examples that are right', () => {
      const examples = text.split('\n').filter((line) => line.startsWith('  holdfast '));
      assert.ok(examples.length === 2 || examples.length === 3);
      for (const example of examples) {
        const parsed = parseArguments(words(example), '1.2.3');
        const problems = parsed.kind === 'usage-error' ? parsed.problems : [];
        // The examples name files that do not exist here; nothing else may be wrong with them.
        const real = problems.filter((problem) => problem.where !== '--config');
        assert.deepEqual(real, []);
      }
    });
  });
}
