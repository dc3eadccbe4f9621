import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NODE_FLAGS } from '../../src/config/node-flags.ts';
import { runGo } from '../../test/control-plane/go-build.ts';
import { repoRoot } from '../../test/control-plane/paths.ts';
import { type Program, startProgram } from '../support/process.ts';

/** A server to measure. */
export interface Subject {
  readonly name: SubjectName;
  readonly program: Program;
  readonly port: number;
}

/** holdfast whole and in parts, and what it is measured against. */
export type SubjectName =
  | 'holdfast'
  | 'holdfast, http only'
  | 'holdfast, not logged'
  | 'bare node'
  | 'express'
  | 'controller-runtime';

/** How many Services wait for an IP; their reviews are sent again and again. */
export const PENDING = 64;

const SERVER_CPU = 0;
const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** Starts one of the servers. @param folder with the certificate; logs go there too */
export async function startSubject(name: SubjectName, folder: string, ips: number): Promise<Subject> {
  const [command, ...args] = await commandOf(name, folder, ips);
  const stderrFile = join(folder, `${name.replaceAll(/\W+/g, '-')}.log`);
  const program = startProgram({ command, args, cpu: SERVER_CPU, stderrFile });
  return { name, program, port: Number(await program.nextLine()) };
}

async function commandOf(name: SubjectName, folder: string, ips: number): Promise<[string, ...string[]]> {
  // As `serve` runs; they make the bare server faster, too.
  const node: [string, ...string[]] = [process.execPath, ...NODE_FLAGS];
  const holdfast = (upTo: string): [string, ...string[]] => [
    ...node,
    here('holdfast-app.ts'),
    folder,
    String(ips),
    String(PENDING),
    upTo,
  ];
  switch (name) {
    case 'holdfast':
      return holdfast('log');
    case 'holdfast, http only':
      return holdfast('http');
    case 'holdfast, not logged':
      return holdfast('decision');
    case 'bare node':
      return [...node, here('bare-node.ts'), folder];
    case 'express':
      return [...node, here('express-json.ts'), folder];
    case 'controller-runtime':
      return [await buildGoWebhook(), folder];
  }
}

/** @throws Error when Go is missing or the build fails */
async function buildGoWebhook(): Promise<string> {
  const folder = join(repoRoot, '.cache', 'bench');
  const program = join(folder, 'go-webhook');
  await mkdir(folder, { recursive: true });
  if (!existsSync(program)) process.stderr.write('building the controller-runtime webhook, about 2 minutes once\n');
  // Go's own cache makes this instant when nothing has changed.
  await runGo(here('../go-webhook'), ['build', '-buildvcs=false', '-o', program, '.']);
  return program;
}
