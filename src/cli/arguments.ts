import { didYouMean } from '../config/did-you-mean.ts';
import { loadConfig } from '../config/load.ts';
import type { Config, Mode } from '../config/schema.ts';
import {
  FLOOR_DEFAULTS,
  floorSettings,
  REPLAY_DEFAULTS,
  replaySettings,
  unregisterSettings,
} from '../config/settings.ts';
import { validate } from '../config/validate.ts';
import { ASK_PARSERS, type AskCommand } from './ask-arguments.ts';
import type { CommandHelp } from './command-help.ts';
import { COMMANDS, type CommandName } from './commands.ts';
import { commandHelp, mainHelp } from './help.ts';
import { type Lexed, lexArguments } from './lex.ts';
import { flagsOf, knownFlags, lexicalProblems, rawSettings, type UsageError, usageError } from './lexical.ts';

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

/** What `floor` was asked to print. */
export interface FloorOptions {
  readonly output: 'yaml' | 'json';
  readonly metallbNamespace: string;
  readonly metallbUsers: readonly string[];
  readonly lbClasses: readonly string[];
  readonly anyIp: boolean;
}

/** What the command line asks for. Texts are complete and end with a newline: print them as they are. */
export type Command =
  | { readonly kind: 'serve'; readonly config: Config }
  | { readonly kind: 'unregister'; readonly kubeconfig: string | undefined }
  | ({ readonly kind: 'replay' } & ReplayOptions)
  | ({ readonly kind: 'floor' } & FloorOptions)
  /** For standard output, exit 0. */
  | { readonly kind: 'help'; readonly text: string }
  /** For standard output, exit 0. */
  | { readonly kind: 'version'; readonly text: string }
  | AskCommand
  | UsageError;

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

  const lexed = lexArguments(rest, knownFlags(COMMANDS[first]));
  if (lexed.help) return { kind: 'help', text: commandHelp(COMMANDS[first]) };
  if (first === 'version' && rest.length === 0) return { kind: 'version', text: `holdfast ${version}\n` };
  return PARSERS[first](lexed, COMMANDS[first]);
}

const PARSERS: Readonly<Record<CommandName, (lexed: Lexed, command: CommandHelp) => Command>> = {
  ...ASK_PARSERS,

  serve: (lexed, command) => {
    const loaded = loadConfig({ values: rawSettings(lexed, command), suspect: new Set(lexed.withoutValue) });
    const problems = loaded.kind === 'problems' ? loaded.problems : [];
    const all = [...lexicalProblems(lexed, command), ...problems];
    if (all.length > 0 || loaded.kind === 'problems') return usageError(all, command.name);
    return { kind: 'serve', config: loaded.config };
  },

  floor: (lexed, command) => {
    const { settings, problems } = validate(floorSettings, FLOOR_DEFAULTS, [flagsOf(lexed, command)]);
    const all = [...lexicalProblems(lexed, command), ...problems];
    if (all.length > 0) return usageError(all, command.name);
    return {
      kind: 'floor',
      output: settings.output,
      metallbNamespace: settings['metallb-namespace'],
      metallbUsers: settings['metallb-user'],
      lbClasses: settings['lb-class'],
      anyIp: settings['any-ip'],
    };
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
