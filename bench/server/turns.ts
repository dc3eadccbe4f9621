import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canPin, runForJson } from '../support/process.ts';
import { median } from '../support/statistics.ts';
import { pendingJson } from './guard-state.ts';
import type { LoadOrder, LoadResult } from './load.ts';
import { ipAt, reviewJson } from './reviews.ts';
import { PENDING, type Subject, type SubjectName, startSubject } from './subjects.ts';
import { writeTlsFiles } from './tls-files.ts';

/** How long and how thoroughly. */
export interface ServerOptions {
  readonly ips: number;
  readonly connections: readonly number[];
  readonly rounds: number;
  readonly measureMs: number;
  readonly subjects: readonly SubjectName[];
}

const LOAD = fileURLToPath(new URL('load.ts', import.meta.url));
const LOAD_CPU = 1;
/** Until the just-in-time compiler is done with a server; once for each. */
const FIRST_WARMUP = 20_000;
const WARMUP = 500;

/** Results by server and number of connections. */
export class Results {
  /** What was left out, and why. */
  readonly skipped: string[] = [];
  readonly #all: { readonly name: SubjectName; readonly connections: number; readonly result: LoadResult }[] = [];

  add(name: SubjectName, connections: number, result: LoadResult): void {
    this.#all.push({ name, connections, result });
  }

  /** Over all rounds; NaN when that server was left out. */
  median(name: SubjectName, connections: number, what: 'perSecond' | 'p99' | 'serverMicros'): number {
    const mine = this.#all.filter((one) => one.name === name && one.connections === connections);
    return median(mine.map(({ result }) => result[what]));
  }
}

/** Loads one server after the other, again and again, on one CPU each. */
export async function loadInTurns(options: ServerOptions): Promise<Results> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  const running: Subject[] = [];
  const results = new Results();
  if (!canPin) results.skipped.push('servers and load share CPUs: no taskset, or one CPU only');
  try {
    await writeTlsFiles(folder);
    const bodiesFile = writeBodies(folder, options.ips);
    for (const name of options.subjects) {
      await startSubject(name, folder, options.ips).then(
        (subject) => running.push(subject),
        (error: unknown) => results.skipped.push(`${name}: ${error instanceof Error ? error.message : String(error)}`),
      );
    }
    const send = (subject: Subject, connections: number, warmup: number) =>
      load({
        port: subject.port,
        pid: subject.program.pid,
        caFile: join(folder, 'ca.crt'),
        bodiesFile,
        path: '/validate',
        connections,
        warmup,
        measureMs: options.measureMs,
      });
    for (const subject of running) await send(subject, 16, FIRST_WARMUP);
    for (let round = 0; round < options.rounds; round += 1) {
      for (const connections of options.connections) {
        for (const subject of running) results.add(subject.name, connections, await send(subject, connections, WARMUP));
      }
    }
    return results;
  } finally {
    await Promise.all(running.map(({ program }) => program.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reviews of writes that give pending Services their IPs: each is decided, held against 100,000 IPs, and logged. */
function writeBodies(folder: string, ips: number): string {
  const bodies = Array.from({ length: PENDING }, (_, i) => {
    const n = ips + i;
    return JSON.stringify(reviewJson(pendingJson(n), n, ipAt(n)));
  });
  const file = join(folder, 'bodies.ndjson');
  writeFileSync(file, `${bodies.join('\n')}\n`);
  return file;
}

async function load(order: LoadOrder): Promise<LoadResult> {
  const result = await runForJson({ command: process.execPath, args: [LOAD, JSON.stringify(order)], cpu: LOAD_CPU });
  const loaded = result as LoadResult;
  if (loaded.failed > 0) throw new Error(`${loaded.failed} answers were not 200`);
  if (loaded.loadCpu > MOST_LOAD_CPU) process.stderr.write('the load itself was short of CPU: figures are too low\n');
  return loaded;
}

const MOST_LOAD_CPU = 0.9;
