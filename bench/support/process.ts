import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { withoutProxies } from '../../test/control-plane/proxy-free-env.ts';

/** A program that a measurement runs in a process of its own. */
export interface ProgramOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** The CPU it may use, where the system can pin (Linux `taskset`) and has a second one. */
  readonly cpu?: number;
  /** Where its standard error goes; default: to ours. */
  readonly stderrFile?: string;
}

/** A running program. It never outlives this process. */
export interface Program {
  readonly pid: number;
  /** The next line of its standard output. @throws when it ends first */
  nextLine(): Promise<string>;
  /** SIGTERM, and waits until it is gone. */
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** True where programs can be kept to one CPU each. */
export const canPin: boolean = availableParallelism() > 1 && hasTaskset();

/** Starts a program, kept to one CPU if it is to be and can be. */
export function startProgram({ command, args, cpu, stderrFile }: ProgramOptions): Program {
  const pinned = cpu === undefined || !canPin ? [] : ['taskset', '-c', String(cpu)];
  const [first = command, ...rest] = [...pinned, command, ...args];
  const stderr = stderrFile === undefined ? 2 : openSync(stderrFile, 'w');
  const child = spawn(first, rest, { env: withoutProxies(process.env), stdio: ['ignore', 'pipe', stderr] });
  if (stderr !== 2) closeSync(stderr);
  running.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once('close', () => {
      running.delete(child);
      resolve();
    });
  });
  if (child.stdout === null) throw new Error(`${command} has no standard output`);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  failed.catch(() => {});
  return {
    pid: child.pid ?? 0,
    nextLine: async () => {
      const { value, done } = await Promise.race([lines.next(), failed]);
      if (done === true) throw new Error(`${[command, ...args].join(' ')} ended without an answer`);
      return value;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** Runs a program of ours to its end. @returns the JSON of the last line that it prints */
export async function runForJson(options: ProgramOptions): Promise<unknown> {
  const program = startProgram(options);
  try {
    return JSON.parse(await program.nextLine());
  } finally {
    await program.stop();
  }
}

function hasTaskset(): boolean {
  try {
    execFileSync('taskset', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
