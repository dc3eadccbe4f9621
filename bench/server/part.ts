import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figure, Measured, PlotData } from '../figures.ts';
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

/** Requests a second of holdfast and of others, in turn, on one CPU each. */
export async function measureServers(options: ServerOptions): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  const running: Subject[] = [];
  const skipped: string[] = canPin ? [] : ['servers and load share CPUs: no taskset, or one CPU only'];
  try {
    await writeTlsFiles(folder);
    const bodiesFile = writeBodies(folder, options.ips);
    for (const name of options.subjects) {
      await startSubject(name, folder, options.ips).then(
        (subject) => running.push(subject),
        (error: unknown) => skipped.push(`${name}: ${error instanceof Error ? error.message : String(error)}`),
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
    const results = new Results();
    for (let round = 0; round < options.rounds; round += 1) {
      for (const connections of options.connections) {
        for (const subject of running) results.add(subject.name, connections, await send(subject, connections, WARMUP));
      }
    }
    return { figures: results.figures(options.connections), plots: [results.plot(options)], skipped };
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

/** Results by server and number of connections. */
class Results {
  readonly #all: { readonly name: SubjectName; readonly connections: number; readonly result: LoadResult }[] = [];

  add(name: SubjectName, connections: number, result: LoadResult): void {
    this.#all.push({ name, connections, result });
  }

  figures(connections: readonly number[]): readonly Figure[] {
    return connections.flatMap((count) => this.#figuresAt(count));
  }

  plot({ subjects, connections }: ServerOptions): PlotData {
    const series = subjects.map((name) => ({
      name,
      points: connections.map((count) => [count, this.#median(name, count, 'perSecond')] as const),
    }));
    return { plot: 'server', series: series.filter(({ points }) => points.every(([, y]) => !Number.isNaN(y))) };
  }

  #figuresAt(count: number): readonly Figure[] {
    const rate = (name: SubjectName) => this.#median(name, count, 'perSecond');
    const p99 = (name: SubjectName) => this.#median(name, count, 'p99');
    const ours = rate('holdfast');
    const figures: Figure[] = [];
    const against = (name: SubjectName, id: string, target: { readonly atLeast: number } | undefined) => {
      const theirs = rate(name);
      if (Number.isNaN(theirs)) return;
      const from = `${Math.round(ours)} / ${Math.round(theirs)} requests/s`;
      const what = `throughput against ${name}, ${count} connections`;
      figures.push({ id, what, value: ours / theirs, unit: '×', from, ...(target === undefined ? {} : { target }) });
    };
    against('bare node', `server.${count}.bare-node`, { atLeast: 0.85 });
    against('controller-runtime', `server.${count}.controller-runtime`, { atLeast: 2.4 });
    against('express', `server.${count}.express`, undefined);
    const cpu = (name: SubjectName) => this.#median(name, count, 'serverMicros');
    if (!Number.isNaN(cpu('bare node'))) {
      figures.push({
        id: `server.${count}.cpu`,
        what: `CPU time of bare node for a review against holdfast's, ${count} connections`,
        value: cpu('bare node') / cpu('holdfast'),
        unit: '×',
        from: `${cpu('bare node').toFixed(0)} / ${cpu('holdfast').toFixed(0)} µs`,
      });
    }
    if (!Number.isNaN(p99('bare node'))) {
      figures.push({
        id: `server.${count}.p99`,
        what: `p99 against bare node, ${count} connections`,
        value: p99('holdfast') / p99('bare node'),
        unit: '×',
        ...(count === 16 ? { target: { atMost: 1.3 } } : {}),
        from: `${p99('holdfast').toFixed(2)} / ${p99('bare node').toFixed(2)} ms`,
      });
    }
    return figures;
  }

  #median(name: SubjectName, connections: number, what: 'perSecond' | 'p99' | 'serverMicros'): number {
    const mine = this.#all.filter((one) => one.name === name && one.connections === connections);
    return median(mine.map(({ result }) => result[what]));
  }
}
