import { type Document, isMap, isNode, isScalar, LineCounter, parseAllDocuments, type YAMLParseError } from 'yaml';

/** One document of a YAML text. */
export interface YamlDocument {
  /** As JSON would have it; undefined for an empty document. */
  readonly value: unknown;
  /** The line on which it begins, from 1. */
  readonly line: number;
  /** The line of the key (or list item) at `path`; undefined when there is none. */
  readonly lineOf: (path: readonly PropertyKey[]) => number | undefined;
}

/** One thing wrong with a YAML text. */
export interface YamlProblem {
  readonly line: number | undefined;
  /** In the parser's words, one line. */
  readonly what: string;
}

export type YamlRead =
  | { readonly kind: 'read'; readonly documents: readonly YamlDocument[] }
  | { readonly kind: 'bad'; readonly problems: readonly YamlProblem[] };

/** Reads a text of any number of documents (JSON is YAML). Never throws; either everything is good or all problems come. */
export function readYaml(text: string): YamlRead {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const all: readonly Document[] = Array.isArray(parsed) ? parsed : [];
  const errors = all.flatMap((document) => document.errors as readonly YAMLParseError[]);
  if (errors.length > 0) return { kind: 'bad', problems: syntaxProblems(errors, lines) };
  const documents: YamlDocument[] = [];
  const problems: YamlProblem[] = [];
  for (const document of all) {
    const line = lines.linePos(document.contents?.range?.[0] ?? 0).line;
    try {
      const value: unknown = document.toJS() ?? undefined;
      documents.push({ value, line, lineOf: (path) => lineOf(document, lines, path) });
    } catch (error) {
      problems.push({ line: undefined, what: firstLine(error) });
    }
  }
  return problems.length > 0 ? { kind: 'bad', problems } : { kind: 'read', documents };
}

/** One problem for each line: the parser's further errors about a line follow from its first. */
function syntaxProblems(errors: readonly YAMLParseError[], lines: LineCounter): readonly YamlProblem[] {
  const byLine = new Map<number, YamlProblem>();
  for (const error of errors) {
    const { line } = lines.linePos(error.pos[0]);
    if (!byLine.has(line)) byLine.set(line, { line, what: firstLine(error) });
  }
  return [...byLine.values()];
}

function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number | undefined {
  if (path.length > 1) {
    const item = document.getIn(path, true);
    if (isNode(item) && item.range) return lines.linePos(item.range[0]).line;
  }
  const pairs = isMap(document.contents) ? document.contents.items : [];
  const key = pairs.map((pair) => pair.key).find((node) => isScalar(node) && String(node.value) === String(path[0]));
  return isScalar(key) && key.range ? lines.linePos(key.range[0]).line : undefined;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
