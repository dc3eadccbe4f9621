import { readFileSync } from 'node:fs';
import { readYaml, type YamlProblem } from '../yaml/read.ts';
import type { ConfigProblem } from './problem.ts';
import type { Source } from './source.ts';

export type ConfigFile =
  | { readonly kind: 'read'; readonly source: Source }
  | { readonly kind: 'bad'; readonly problems: readonly ConfigProblem[] };

const READ_ERRORS: Readonly<Record<string, { readonly what: string; readonly fix: string }>> = {
  ENOENT: { what: 'does not exist', fix: 'check the path' },
  EACCES: { what: 'may not be read', fix: 'check the permissions of the file and its folders' },
  EISDIR: { what: 'is a folder', fix: 'name the YAML file itself' },
};

const FIX_YAML = 'correct the YAML there';

/** Reads a configuration file: a YAML map whose keys are the names of the flags. An empty file sets nothing. */
export function readConfigFile(path: string): ConfigFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return { kind: 'bad', problems: [readProblem(path, error)] };
  }
  return parseConfigFile(path, text);
}

/** As `readConfigFile`, of a text already read; `path` is only for messages. */
export function parseConfigFile(path: string, text: string): ConfigFile {
  const read = readYaml(text);
  if (read.kind === 'bad') return { kind: 'bad', problems: read.problems.map((problem) => yamlProblem(path, problem)) };
  const [document, second] = read.documents;
  if (second !== undefined) {
    const where = `${path} (line ${second.line})`;
    return { kind: 'bad', problems: [{ where, what: 'begins a second document', fix: 'write all settings into one' }] };
  }
  const values = document?.value ?? {};
  if (typeof values !== 'object' || Array.isArray(values)) {
    const problem = { where: path, what: 'is not a map of settings', fix: 'write lines like "sticky-for: 1h"' };
    return { kind: 'bad', problems: [problem] };
  }
  return { kind: 'read', source: fileSource(path, values as Source['values'], (at) => document?.lineOf(at)) };
}

function yamlProblem(path: string, { line, what }: YamlProblem): ConfigProblem {
  const where = line === undefined ? path : `${path} (line ${line})`;
  return { where, what: `is not valid YAML, ${what}`, fix: FIX_YAML };
}

function fileSource(
  path: string,
  values: Source['values'],
  line: (at: readonly PropertyKey[]) => number | undefined,
): Source {
  return {
    values,
    otherNames: [],
    nameOf: (key) => key,
    whereIs: (at) => {
      const [key, ...indexes] = at.map(String);
      const number = line(at);
      const suffix = number === undefined ? '' : ` (line ${number})`;
      return `${path}: ${key}${indexes.map((index) => `[${index}]`).join('')}${suffix}`;
    },
    unknown: { what: 'unknown key', fix: 'the keys are the flags of "holdfast serve --help", without dashes' },
  };
}

function readProblem(path: string, error: unknown): ConfigProblem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const { what, fix } = READ_ERRORS[code] ?? { what: `cannot be read, ${firstLine(error)}`, fix: 'check the file' };
  return { where: '--config', what: `${path} ${what}`, fix };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
