import { readFileSync } from 'node:fs';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, type YAMLParseError } from 'yaml';
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
  const lines = new LineCounter();
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  if (doc.errors.length > 0) {
    return { kind: 'bad', problems: syntaxProblems(path, doc.errors, lines) };
  }
  let values: unknown;
  try {
    values = doc.toJS() ?? {};
  } catch (error) {
    return { kind: 'bad', problems: [{ where: path, what: `is not valid YAML, ${firstLine(error)}`, fix: FIX_YAML }] };
  }
  if (doc.contents !== null && !isMap(doc.contents) && !isEmptyScalar(doc.contents)) {
    const problem = { where: path, what: 'is not a map of settings', fix: 'write lines like "sticky-for: 1h"' };
    return { kind: 'bad', problems: [problem] };
  }
  return { kind: 'read', source: fileSource(path, values as Source['values'], (at) => lineOf(doc, lines, at)) };
}

/** One problem for each line: the parser's further errors about a line follow from its first. */
function syntaxProblems(path: string, errors: readonly YAMLParseError[], lines: LineCounter): readonly ConfigProblem[] {
  const byLine = new Map<number, ConfigProblem>();
  for (const error of errors) {
    const { line } = lines.linePos(error.pos[0]);
    const problem = { where: `${path} (line ${line})`, what: `is not valid YAML, ${firstLine(error)}`, fix: FIX_YAML };
    if (!byLine.has(line)) byLine.set(line, problem);
  }
  return [...byLine.values()];
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

/** The line of a key, or of the item of its list. */
function lineOf(doc: Document, lines: LineCounter, at: readonly PropertyKey[]): number | undefined {
  if (at.length > 1) {
    const item = doc.getIn(at, true);
    if (isNode(item) && item.range) return lines.linePos(item.range[0]).line;
  }
  const pairs = isMap(doc.contents) ? doc.contents.items : [];
  const key = pairs.map((pair) => pair.key).find((node) => isScalar(node) && String(node.value) === String(at[0]));
  return isScalar(key) && key.range ? lines.linePos(key.range[0]).line : undefined;
}

function isEmptyScalar(node: unknown): boolean {
  return isScalar(node) && node.value === null;
}

function readProblem(path: string, error: unknown): ConfigProblem {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const { what, fix } = READ_ERRORS[code] ?? { what: `cannot be read, ${firstLine(error)}`, fix: 'check the file' };
  return { where: '--config', what: `${path} ${what}`, fix };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
