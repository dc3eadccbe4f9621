import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ManagedProcess, onProcessEnd, startProcess } from '../control-plane/processes.ts';
import { withoutProxies } from '../control-plane/proxy-free-env.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `holdfast ARGS` to its end. */
export function runHoldfast(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      env: withoutProxies(process.env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout: stdout(), stderr: stderr() }));
  });
}

/** Starts `holdfast serve FLAGS`; its output goes to `holdfast.log` in `folder`. It never outlives this process. */
export function startHoldfast(folder: string, flags: readonly string[]): Promise<ManagedProcess> {
  const logFile = join(folder, 'holdfast.log');
  return startProcess({ name: 'holdfast', command: process.execPath, args: [MAIN, 'serve', ...flags], logFile });
}

/** A temporary folder, removed by `remove` or when this process ends, whichever comes first. */
export function temporaryFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  const clean = () => rmSync(path, { recursive: true, force: true });
  const forget = onProcessEnd(clean);
  return {
    path,
    remove: () => {
      forget();
      clean();
    },
  };
}

function textOf(stream: NodeJS.ReadableStream): () => string {
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return () => text;
}
