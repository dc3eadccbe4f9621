import { type ConfigProblem, formatProblem } from '../config/problem.ts';
import { flagSource, type RawSettings, type Source } from '../config/source.ts';
import type { CommandHelp } from './command-help.ts';
import type { KnownFlags, Lexed } from './lex.ts';

/** `text` lists all problems; for standard error, exit `EXIT.usage`. */
export interface UsageError {
  readonly kind: 'usage-error';
  readonly problems: readonly ConfigProblem[];
  readonly text: string;
}

/** The flags of a command as the lexer wants them. */
export function knownFlags({ flags }: CommandHelp): KnownFlags {
  return {
    names: new Set(flags.map(({ name }) => name)),
    switches: new Set(flags.filter(({ value }) => value === '').map(({ name }) => name)),
    letters: new Map(flags.flatMap(({ letter, name }) => (letter === undefined ? [] : [[letter, name] as const]))),
  };
}

/** The flags that were given, as a source of settings. */
export function flagsOf(lexed: Lexed, command: CommandHelp): Source {
  return flagSource(command.name, rawSettings(lexed, command));
}

/** A repeatable flag has the list of its values, a switch is true, any other has the last value given. */
export function rawSettings(lexed: Lexed, { flags }: CommandHelp): RawSettings {
  const byName = new Map(flags.map((flag) => [flag.name, flag]));
  const entries = [...lexed.flags].map(([name, values]) => {
    const flag = byName.get(name);
    if (flag?.value === '') return [name, true];
    return [name, flag?.repeatable ? values : values.at(-1)];
  });
  return Object.fromEntries(entries);
}

/** What is wrong with the arguments whatever the values mean. */
export function lexicalProblems(lexed: Lexed, command: CommandHelp): readonly ConfigProblem[] {
  const missing = lexed.withoutValue.map((name) => {
    const value = command.flags.find((flag) => flag.name === name)?.value;
    return { where: `--${name}`, what: 'needs a value', fix: `write --${name} ${value}` };
  });
  const valued = lexed.withValue.map((name) => ({
    where: `--${name}`,
    what: 'takes no value',
    fix: `write --${name}, or leave it out`,
  }));
  const wanted = command.positional;
  const allowed = command.takes === 'any' ? Number.POSITIVE_INFINITY : Number(wanted !== undefined);
  const surplus = lexed.positionals.slice(allowed).map((text) => ({
    where: JSON.stringify(text),
    what: wanted === undefined ? `${command.name} takes flags only` : `there is a ${wanted} already`,
    fix: 'remove it, or write the flag it belongs to',
  }));
  const none = wanted !== undefined && lexed.positionals.length + lexed.unclear.length === 0;
  const needed = none && command.takes !== 'any';
  return [...missing, ...valued, ...surplus, ...(needed ? [missingPositional(wanted, command)] : [])];
}

function missingPositional(wanted: string, command: CommandHelp): ConfigProblem {
  return { where: wanted, what: 'is missing', fix: `write it like "${command.examples[0]}"` };
}

export function usageError(problems: readonly ConfigProblem[], command?: string): UsageError {
  const name = command === undefined ? 'holdfast' : `holdfast ${command}`;
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const lines = problems.map((problem) => `  ${formatProblem(problem)}`);
  const text = [`${name}: ${count}, nothing was done`, ...lines, `See "${name} --help".`, ''].join('\n');
  return { kind: 'usage-error', problems, text };
}
