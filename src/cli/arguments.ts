import { didYouMean } from '../config/did-you-mean.ts';
import { loadConfig } from '../config/load.ts';
import { type ConfigProblem, formatProblem } from '../config/problem.ts';
import type { Config, Mode } from '../config/schema.ts';
import { REPLAY_DEFAULTS, replaySettings, unregisterSettings } from '../config/settings.ts';
import { flagSource, type RawSettings } from '../config/source.ts';
import { validate } from '../config/validate.ts';
import { COMMANDS, type CommandHelp, type CommandName } from './commands.ts';
import { commandHelp, mainHelp } from './help.ts';
import { type Lexed, lexArguments } from './lex.ts';

/** What `replay` was asked to do. */
export interface ReplayOptions {
  /** Newline-delimited AdmissionReviews, or the same gzipped. Not opened yet. */
  readonly file: string;
  readonly output: 'table' | 'json';
  readonly mode: Mode;
  readonly metallbNamespace: string;
  readonly metallbUsers: readonly string[];
  readonly lbClasses: readonly string[];
}

/** What the command line asks for. Texts are complete and end with a newline: print them as they are. */
export type Command =
  | { readonly kind: 'serve'; readonly config: Config }
  | { readonly kind: 'unregister'; readonly kubeconfig: string | undefined }
  | ({ readonly kind: 'replay' } & ReplayOptions)
  /** For standard output, exit 0. */
  | { readonly kind: 'help'; readonly text: string }
  /** For standard output, exit 0. */
  | { readonly kind: 'version'; readonly text: string }
  /** `text` lists all problems; for standard error, exit `EXIT.usage`. */
  | { readonly kind: 'usage-error'; readonly problems: readonly ConfigProblem[]; readonly text: string };

/**
 * Reads the command line. `argv` is without the program (`process.argv.slice(2)`), `version` as in package.json. Reads
 * the file of `--config`, and does nothing else: it neither prints nor exits nor throws on what a user can write.
 */
export function parseArguments(argv: readonly string[], version: string): Command {
  const [first, ...rest] = argv;
  if (first === '--help' || first === '-h') return { kind: 'help', text: mainHelp() };
  if (first === '--version') return { kind: 'version', text: `holdfast ${version}\n` };
  if (first === 'help') return helpOn(rest[0]);
  if (first === undefined || !isCommand(first)) return unknownCommand(first);

  const known = new Set(COMMANDS[first].flags.map((flag) => flag.name));
  const lexed = lexArguments(rest, known);
  if (lexed.help) return { kind: 'help', text: commandHelp(COMMANDS[first]) };
  return PARSERS[first](lexed, COMMANDS[first]);
}

const PARSERS: Readonly<Record<CommandName, (lexed: Lexed, command: CommandHelp) => Command>> = {
  serve: (lexed, command) => {
    const loaded = loadConfig({ values: rawSettings(lexed, command), suspect: new Set(lexed.withoutValue) });
    const problems = loaded.kind === 'problems' ? loaded.problems : [];
    const all = [...lexicalProblems(lexed, command), ...problems];
    if (all.length > 0 || loaded.kind === 'problems') return usageError(all, command.name);
    return { kind: 'serve', config: loaded.config };
  },

  unregister: (lexed, command) => {
    const { settings, problems } = validate(unregisterSettings, {}, [flagsOf(lexed, command)]);
    const all = [...lexicalProblems(lexed, command), ...problems];
    if (all.length > 0) return usageError(all, command.name);
    return { kind: 'unregister', kubeconfig: settings.kubeconfig };
  },

  replay: (lexed, command) => {
    const { settings, problems } = validate(replaySettings, REPLAY_DEFAULTS, [flagsOf(lexed, command)]);
    const all = [...lexicalProblems(lexed, command), ...problems];
    const file = lexed.positionals[0];
    if (all.length > 0 || file === undefined) return usageError(all, command.name);
    return {
      kind: 'replay',
      file,
      output: settings.output,
      mode: settings.mode,
      metallbNamespace: settings['metallb-namespace'],
      metallbUsers: settings['metallb-user'],
      lbClasses: settings['lb-class'],
    };
  },
};

function isCommand(text: string): text is CommandName {
  return Object.hasOwn(COMMANDS, text);
}

function flagsOf(lexed: Lexed, command: CommandHelp) {
  return flagSource(command.name, rawSettings(lexed, command));
}

/** A repeatable flag has the list of its values, any other the last one given. */
function rawSettings(lexed: Lexed, command: CommandHelp): RawSettings {
  const repeatable = new Set(command.flags.filter((flag) => flag.repeatable).map((flag) => flag.name));
  const entries = [...lexed.flags].map(([name, values]) => [name, repeatable.has(name) ? values : values.at(-1)]);
  return Object.fromEntries(entries);
}

/** What is wrong with the arguments whatever the values mean. */
function lexicalProblems(lexed: Lexed, command: CommandHelp): readonly ConfigProblem[] {
  const missing = lexed.withoutValue.map((name) => {
    const value = command.flags.find((flag) => flag.name === name)?.value;
    return { where: `--${name}`, what: 'needs a value', fix: `write --${name} ${value}` };
  });
  const wanted = command.positional;
  const surplus = lexed.positionals.slice(wanted === undefined ? 0 : 1).map((text) => ({
    where: JSON.stringify(text),
    what: wanted === undefined ? `${command.name} takes flags only` : `there is a ${wanted} already`,
    fix: 'remove it, or write the flag it belongs to',
  }));
  const noFile = wanted !== undefined && lexed.positionals.length + lexed.unclear.length === 0;
  return [...missing, ...surplus, ...(noFile ? [missingPositional(wanted, command)] : [])];
}

function missingPositional(wanted: string, command: CommandHelp): ConfigProblem {
  return { where: wanted, what: 'is missing', fix: `write it like "${command.examples[0]}"` };
}

function helpOn(topic: string | undefined): Command {
  if (topic === undefined) return { kind: 'help', text: mainHelp() };
  return isCommand(topic) ? { kind: 'help', text: commandHelp(COMMANDS[topic]) } : unknownCommand(topic);
}

function unknownCommand(given: string | undefined): Command {
  const names = Object.keys(COMMANDS);
  const list = `the commands are ${names.join(', ')}`;
  if (given === undefined) return usageError([{ where: 'COMMAND', what: 'is missing', fix: list }]);
  if (given.startsWith('-')) {
    const fix = `flags come after the command, and ${list}`;
    return usageError([{ where: given, what: 'stands where the command should', fix }]);
  }
  const meant = didYouMean(given, names);
  const fix = meant === undefined ? list : `did you mean ${meant}? ${list}`;
  return usageError([{ where: JSON.stringify(given), what: 'is not a command', fix }]);
}

function usageError(problems: readonly ConfigProblem[], command?: string): Command {
  const name = command === undefined ? 'holdfast' : `holdfast ${command}`;
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const lines = problems.map((problem) => `  ${formatProblem(problem)}`);
  const text = [`${name}: ${count}, nothing was done`, ...lines, `See "${name} --help".`, ''].join('\n');
  return { kind: 'usage-error', problems, text };
}
