import { COMMANDS, type CommandHelp, type Flag } from './commands.ts';

const COLUMNS = 80;
const INDENT = 30;

/** The help of `holdfast` itself: what there is, and two ways to begin. */
export function mainHelp(): string {
  const commands = Object.values(COMMANDS).map((command) => entry(head(command), command.summary, 20));
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
    ...examples(['holdfast serve --mode audit --register url=https://192.0.2.10:8443', 'holdfast serve --help']),
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
    ...wrap(command.about),
    '',
    'Flags:',
    ...command.flags.flatMap((flag) => entry(`--${flag.name} ${flag.value}`, aboutFlag(flag), INDENT)),
    ...entry('--help, -h', 'this text', INDENT),
    '',
    ...examples(command.examples),
    '',
    ...(durations ? ['A DURATION is written like 1h30m, 90s, 500ms or 0.', ''] : []),
  ].join('\n');
}

function head(command: CommandHelp): string {
  return command.positional === undefined ? command.name : `${command.name} ${command.positional}`;
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

function wrap(text: string, width = COLUMNS): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
