import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Stage } from './image.ts';

/** Libraries of a base image for C and C++ programs. What Node needs beside these, the Dockerfile has to bring. */
const OF_THE_BASE = /^(?:ld-linux.*|libc|libm|libdl|libpthread|librt|libstdc\+\+|libgcc_s)\.so/;

/**
 * The stand-ins for the two bases of the Dockerfile: this very Node with all its libraries, and the libraries of C and
 * C++ alone.
 */
export function standIn(image: string, root: string): void {
  const node = realpathSync(process.execPath);
  const isNode = /\bnode:/.test(image);
  for (const library of librariesOf(node)) {
    if (!isNode && !OF_THE_BASE.test(basename(library))) continue;
    // Where it is found by its plain name, and for the loader, exactly where the program says.
    for (const path of new Set([library, usr(library)])) put(library, join(root, path));
  }
  if (isNode) put(node, join(root, 'usr/local/bin/node'));
}

/** How to run the image's program as its user, with nothing but its own files: needs root for chroot. */
export function asInImage(stage: Stage, args: readonly string[]): { command: string; args: readonly string[] } {
  const [program = '', ...rest] = stage.entrypoint;
  if (process.getuid?.() === 0)
    return { command: 'chroot', args: [`--userspec=${stage.user}`, stage.root, program, ...rest, ...args] };
  return { command: process.execPath, args: [...rest.map((path) => join(stage.root, path)), ...args] };
}

function librariesOf(program: string): readonly string[] {
  const text = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...text.matchAll(/(\/\S+\.so\S*) \(/g)].flatMap(([, path]) => path ?? []);
}

/** `/lib/…` and `/usr/lib/…` are the same folder on Debian: COPY looks in the latter. */
function usr(path: string): string {
  return path.startsWith('/lib/') ? `/usr${path}` : path;
}

function put(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(realpathSync(from), to);
}
