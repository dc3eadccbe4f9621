import { readFileSync } from 'node:fs';

/** One instruction of a Dockerfile, its continuation lines joined and its comments left out. */
export interface Instruction {
  readonly line: number;
  /** In capitals, e.g. `COPY`. */
  readonly word: string;
  readonly rest: string;
}

/** What COPY does. */
export interface Copy {
  /** A stage before; undefined: the build context. */
  readonly from: string | undefined;
  readonly sources: readonly string[];
  readonly to: string;
}

/** @throws Error naming the line that is no instruction */
export function readDockerfile(path: string): readonly Instruction[] {
  const instructions: Instruction[] = [];
  let open: Instruction | undefined;
  for (const [index, text] of readFileSync(path, 'utf8').split('\n').entries()) {
    if (/^\s*(#|$)/.test(text)) continue;
    const goesOn = text.endsWith('\\');
    const part = text.replace(/\\$/, '').trim();
    if (open !== undefined) open = { ...open, rest: `${open.rest} ${part}` };
    else {
      const [, word = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(part) ?? [];
      if (word === '') throw new Error(`${path}:${index + 1}: not an instruction: ${text}`);
      open = { line: index + 1, word, rest };
    }
    if (goesOn) continue;
    instructions.push(open);
    open = undefined;
  }
  return instructions;
}

/** @throws Error for a form that nobody here uses */
export function readCopy({ line, rest }: Instruction): Copy {
  const words = rest.split(/\s+/);
  const [flag] = words;
  const from = flag?.startsWith('--from=') === true ? flag.slice('--from='.length) : undefined;
  const paths = from === undefined ? words : words.slice(1);
  const to = paths.pop();
  if (to === undefined || paths.length === 0 || paths.some((path) => path.startsWith('--')))
    throw new Error(`line ${line}: COPY [--from=STAGE] SOURCE… TARGET, not "${rest}"`);
  return { from, sources: paths, to };
}

/** What a .dockerignore of the form "nothing but…" lets into the build context. @throws Error for another form */
export function readContext(path: string): (file: string) => boolean {
  const lines = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => !/^\s*(#|$)/.test(line));
  const [first, ...others] = lines;
  if (first !== '*' || others.some((line) => !line.startsWith('!')))
    throw new Error(`${path} must say * and then !PATH only`);
  const allowed = others.map((line) => line.slice(1));
  return (file) => allowed.some((one) => file === one || file.startsWith(`${one}/`));
}
