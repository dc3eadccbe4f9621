import { commandsIn, type DocsCommand, type Fate, pages } from './commands.ts';
import { ELSEWHERE } from './elsewhere.ts';

/** Made from the texts of `--help`, whose examples `test/unit/cli/arguments-help.test.ts` parses. */
const MADE = 'docs/cli.md';

/** Every command of the docs, with what becomes of it: the same wherever else the very same command stands. */
export function allCommands(): readonly DocsCommand[] {
  const all = pages()
    .filter((page) => page !== MADE)
    .flatMap(commandsIn)
    .map((one) => ({ ...one, fate: fateOf(one) }));
  const known = new Map(
    all.flatMap(({ command, fate }) => (fate.kind === 'unknown' ? [] : [[command, fate] as const])),
  );
  return all.map((one) => ({ ...one, fate: known.get(one.command) ?? one.fate }));
}

function fateOf({ command, fate }: DocsCommand): Fate {
  const key = entryFor(command);
  return key === undefined ? fate : (ELSEWHERE[key] ?? fate);
}

/** The entry of {@link ELSEWHERE} that a command falls under. */
export function entryFor(command: string): string | undefined {
  if (Object.hasOwn(ELSEWHERE, command)) return command;
  return Object.keys(ELSEWHERE).find((entry) => entry.endsWith(' *') && command.startsWith(entry.slice(0, -1)));
}
