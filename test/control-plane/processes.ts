import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { withoutProxies } from './proxy-free-env.ts';

export type ProcessOptions = {
  /** Used in messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process' environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** stdout and stderr go here, interleaved; appended to when it exists. */
  readonly logFile: string;
};

export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

const tailLines = 400;
const running = new Set<ManagedProcess>();

/** A child process whose output is kept, and which never outlives this process. */
export class ManagedProcess {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Settles when the process is gone; never rejects. */
  readonly exited: Promise<Exit>;
  /** When the last line of output came (ms since the epoch). */
  lastOutputAtMs = Date.now();
  #exit: Exit | undefined;
  readonly #child: ChildProcess;
  readonly #tail: string[] = [];
  readonly #listeners = new Set<(line: string) => void>();

  constructor(options: ProcessOptions, child: ChildProcess, pid: number) {
    this.name = options.name;
    this.pid = pid;
    this.logFile = options.logFile;
    this.#child = child;
    this.exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#exit = { code, signal };
        running.delete(this);
        resolve(this.#exit);
      });
    });
    this.#keepOutput();
    running.add(this);
  }

  get isRunning(): boolean {
    return this.#exit === undefined;
  }

  /** The last lines of the output. */
  tail(): string {
    return this.#tail.join('\n');
  }

  /** The whole output so far. */
  logs(): string {
    return readFileSync(this.logFile, 'utf8');
  }

  /** Calls `listener` with each further line of output; returns what stops that. */
  onLine(listener: (line: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The first line that matches, already written or to come.
   * @throws Error with the last output, when the process ends or `timeoutMs` pass first.
   */
  async waitForLine(pattern: RegExp, timeoutMs = 30_000): Promise<string> {
    const present = this.#tail.find((line) => pattern.test(line));
    if (present !== undefined) return present;
    return new Promise((resolve, reject) => {
      const fail = (why: string) =>
        finish(() => reject(new Error(`${this.name}: no line ${pattern}: ${why}\n${this.tail()}`)));
      const timer = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs);
      const stopListening = this.onLine((line) => {
        if (pattern.test(line)) finish(() => resolve(line));
      });
      const finish = (settle: () => void) => {
        clearTimeout(timer);
        stopListening();
        settle();
      };
      void this.exited.then((exit) => fail(`it ended (${describeExit(exit)})`));
    });
  }

  /** SIGSTOP: the process keeps its sockets and answers nobody. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  /** SIGCONT. */
  resume(): void {
    this.#child.kill('SIGCONT');
  }

  /** Sends a signal without waiting for anything. */
  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** SIGKILL, and wait until it is gone. */
  async kill(): Promise<Exit> {
    this.#child.kill('SIGKILL');
    return this.exited;
  }

  /** SIGTERM, and SIGKILL when it is still there after `graceMs`. */
  async stop(graceMs = 10_000): Promise<Exit> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  /** SIGKILL without waiting: for the end of this process. */
  killNow(): void {
    this.#child.kill('SIGKILL');
  }

  #keepOutput(): void {
    mkdirSync(dirname(this.logFile), { recursive: true });
    const file = openSync(this.logFile, 'a');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', (line) => {
        if (this.isRunning) writeSync(file, `${line}\n`);
        this.lastOutputAtMs = Date.now();
        this.#tail.push(line);
        if (this.#tail.length > tailLines) this.#tail.shift();
        for (const listener of this.#listeners) listener(line);
      });
    }
    void this.exited.then(() => closeSync(file));
  }
}

/** @throws Error naming the command when it cannot be run. */
export async function startProcess(options: ProcessOptions): Promise<ManagedProcess> {
  cleanUpAtExit();
  const child = spawn(options.command, options.args, {
    env: { ...withoutProxies(process.env), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const { pid } = child;
  if (pid !== undefined) return new ManagedProcess(options, child, pid);
  return new Promise((_, reject) => {
    child.once('error', (error) => reject(new Error(`cannot start ${options.name}: ${error.message}`)));
  });
}

export function describeExit(exit: Exit): string {
  return exit.signal === null ? `exit code ${exit.code}` : exit.signal;
}

const atExit: (() => void)[] = [];
let installed = false;

/** Runs `clean` (synchronous) when this process ends, for whatever reason but SIGKILL; after all children are killed. */
export function onProcessEnd(clean: () => void): () => void {
  cleanUpAtExit();
  atExit.push(clean);
  return () => {
    const index = atExit.indexOf(clean);
    if (index >= 0) atExit.splice(index, 1);
  };
}

/** `exit` is emitted after uncaught errors too, but a signal ends Node without it unless somebody listens. */
function cleanUpAtExit(): void {
  if (installed) return;
  installed = true;
  process.on('exit', () => {
    for (const child of running) child.killNow();
    for (const clean of atExit) clean();
  });
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => process.exit(code));
  }
}
