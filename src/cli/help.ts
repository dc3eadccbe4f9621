import type { CommandHelp, Flag } from './command-help.ts';
import { COMMANDS } from './commands.ts';
import { COLUMNS, wrap } from './output/wrap.ts';

const INDENT = 30;

/** The help of `holdfast` itself: what there is, and two ways to begin. */
export function mainHelp(): string {
  const commands = Object.values(COMMANDS).map((command) => entry(head(command), command.summary, 22));
  return [
    ...wrap('holdfast keeps every LoadBalancer IP of a Kubernetes cluster where it is, beside an unmodified MetalLB.'),
    '',
    'Usage: holdfast COMMAND [FLAGS]',
    '',
    'Commands:',
    ...commands.flat(),
    '',
    'Flags:',
    ...entry('--help, -h', 'this text, or that of a command', 20),
    ...entry('--version', 'the version', 20),
    '',
    ...examples([
      'holdfast check',
      'holdfast serve --mode audit --register url=https://192.0.2.10:8443',
      'holdfast plan --help',
    ]),
    '',
    ...wrap('Exit codes: 0 ok, 1 error, 2 cluster unreachable, 3 findings, 4 usage.'),
    '',
  ].join('\n');
}

/** The help of one command: all flags with their defaults, and two examples. At most 80 columns wide. */
export function commandHelp(command: CommandHelp): string {
  const durations = command.flags.some((flag) => flag.value === 'DURATION');
  return [
    `Usage: holdfast ${head(command)} [FLAGS]`,
    '',
    ...command.about.split('\n').flatMap((paragraph) => wrap(paragraph)),
    '',
    'Flags:',
    ...command.flags.flatMap((flag) => entry(flagHead(flag), aboutFlag(flag), INDENT)),
    ...entry('--help, -h', 'this text', INDENT),
    '',
    ...examples(command.examples),
    '',
    ...(durations ? ['A DURATION is written like 1h30m, 90s, 500ms or 0.', ''] : []),
  ].join('\n');
}

function head(command: CommandHelp): string {
  const { name, positional, takes } = command;
  if (positional === undefined) return name;
  return takes === 'any' ? `${name} [${positional}...]` : `${name} ${positional}`;
}

function flagHead({ name, value, letter }: Flag): string {
  const written = value === '' ? `--${name}` : `--${name} ${value}`;
  return letter === undefined ? written : `${written}, -${letter}`;
}

function aboutFlag(flag: Flag): string {
  const repeatable = flag.repeatable ? ' (repeatable)' : '';
  return `${flag.about}${repeatable}${flag.default === undefined ? '' : ` (default ${flag.default})`}`;
}

function examples(lines: readonly string[]): readonly string[] {
  return ['Examples:', ...lines.map((line) => `  ${line}`)];
}

/** `  name      text`, the text wrapped in its own column; on its own lines if the name is too long. */
function entry(name: string, text: string, column: number): readonly string[] {
  const lines = wrap(text, COLUMNS - column);
  const pad = ' '.repeat(column);
  const label = `  ${name}`;
  if (label.length > column - 2) return [label, ...lines.map((line) => pad + line)];
  return lines.map((line, i) => (i === 0 ? label.padEnd(column) : pad) + line);
}
