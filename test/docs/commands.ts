import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** What becomes of a command line of the docs. */
export type Fate =
  /** `test/e2e/docs.test.ts` runs it. */
  | { readonly kind: 'run' }
  /** Another file of this repository runs it, and says so: it holds the command, or the name of the page. */
  | { readonly kind: 'run by'; readonly file: string }
  | { readonly kind: 'not run'; readonly why: string }
  | { readonly kind: 'unknown' };

/** A command line, as it stands in a block of code of a page. */
export interface DocsCommand {
  /** From the root of the repository. */
  readonly page: string;
  readonly line: number;
  readonly command: string;
  /** As the info string of its block says; `unknown` when it says nothing. */
  readonly fate: Fate;
}

interface Block {
  readonly line: number;
  /** What stands behind the three backquotes. */
  readonly info: string;
  readonly text: string;
}

/** Everything that operators and contributors read; decisions (ADRs) only tell a story. */
export function pages(): readonly string[] {
  return [...globSync(['*.md', 'docs/*.md', 'deploy/**/*.md'], { cwd: ROOT })].sort();
}

/** The commands of one page, in order. */
export function commandsIn(page: string): readonly DocsCommand[] {
  return commandsOf(page, readFileSync(join(ROOT, page), 'utf8'));
}

/** As {@link commandsIn}, of a text. A backslash continues a line; comments and what a command prints are left out. */
export function commandsOf(page: string, text: string): readonly DocsCommand[] {
  return blocksOf(text).flatMap((block) => {
    const fate = fateOf(block.info);
    return logicalLines(block).flatMap(({ line, text: each }) => {
      const command = commandOf(each, block.info);
      return command === undefined ? [] : [{ page, line, command, fate }];
    });
  });
}

/** Info strings: `sh run`, `sh run by FILE`, `sh not run: WHY`, and `sh install` for the pages of the chart. */
function fateOf(info: string): Fate {
  if (/^sh run$/.test(info)) return { kind: 'run' };
  if (/^sh install$/.test(info)) return { kind: 'run by', file: 'test/chart/docs.test.ts' };
  const file = /^sh run by (\S+)$/.exec(info)?.[1];
  if (file !== undefined) return { kind: 'run by', file };
  const why = /^sh not run: (.+)$/.exec(info)?.[1];
  return why === undefined ? { kind: 'unknown' } : { kind: 'not run', why };
}

/** Blocks between fences, and those that are indented by four blanks after an empty line. */
function blocksOf(text: string): readonly Block[] {
  const fenced = /^```(.*)\n([\s\S]*?)^```$/gm;
  const found = [...text.matchAll(fenced)].map((match) => ({
    line: lineAt(text, match.index) + 1,
    info: match[1] ?? '',
    text: match[2] ?? '',
  }));
  const rest = text.replaceAll(fenced, (block) => block.replaceAll(/[^\n]/g, ''));
  const indented = [...rest.matchAll(/(?<=\n\n)(?: {4}.*\n)+/g)].map((match) => ({
    line: lineAt(rest, match.index),
    info: '',
    text: match[0].replaceAll(/^ {4}/gm, ''),
  }));
  return [...found, ...indented].sort((a, b) => a.line - b.line);
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}

function logicalLines({ line, text }: Block): readonly { readonly line: number; readonly text: string }[] {
  const lines: { line: number; text: string }[] = [];
  let continued = false;
  for (const [i, each] of text.split('\n').entries()) {
    const last = lines.at(-1);
    const part = each.replace(/\\$/, '');
    if (continued && last !== undefined) last.text += part.trimStart();
    else lines.push({ line: line + i, text: part });
    continued = each.endsWith('\\');
  }
  return lines;
}

const PROGRAMS =
  /^(?:\.?\/|[A-Z_]+=\S* )?(?:kubectl|holdfast|npm|npx|node|helm|curl|git|go|docker|podman|crane|openssl|sh|bash|export|cd|apt-get|promtool|tar|make)(?= |$)/;

/** @returns undefined for comments, empty lines, output, and blocks of another language */
function commandOf(line: string, info: string): string | undefined {
  const text = line
    .replace(/^\$ /, '')
    .replace(/ +# .*$/, '')
    .trim();
  if (text === '' || text.startsWith('#')) return undefined;
  if (/^sh\b/.test(info)) return text;
  const isProse = !['', 'text', 'console', 'bash', 'shell'].includes(info.split(' ')[0] ?? '');
  if (isProse) return undefined;
  return line.startsWith('$ ') || PROGRAMS.test(text) ? text : undefined;
}
