import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePorts } from '../../test/control-plane/free-port.ts';
import { repoRoot } from '../../test/control-plane/paths.ts';
import type { Figure, Limit, Measured } from '../figures.ts';
import { startProgram } from '../support/process.ts';
import { median } from '../support/statistics.ts';

/** How many Services; and whether the claims are there already, as after every start but the first. */
export interface StartOptions {
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** Also the first start of all, which writes a claim for each IP. */
  readonly adoption: boolean;
}

interface Started {
  readonly seconds: number;
  /** Resident memory once ready and at rest, and at its highest until then, MB of 10^6 bytes. */
  readonly restMb: number;
  readonly peakMb: number;
}

const STUB = fileURLToPath(new URL('stub.ts', import.meta.url));
/** As it is shipped: compiled. Run from TypeScript it needs 30 MB more, for the compiler in Node. */
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const TARGETS: Readonly<Record<number, { readonly seconds: number; readonly mb: number }>> = {
  10000: { seconds: 3, mb: 150 },
  100000: { seconds: 20, mb: 250 },
};
const POLL_MS = 20;
/** V8 gives memory back a while after the work is done. */
const REST_MS = 10_000;
const GIVE_UP_MS = 300_000;

/** Time to ready and memory of `holdfast serve` beside a stub API server in a process of its own. */
export async function measureStart({ sizes, rounds, adoption }: StartOptions): Promise<Measured> {
  execFileSync('npm', ['run', '-s', 'build'], { cwd: repoRoot, stdio: 'inherit' });
  const figures: Figure[] = [];
  const rest: [number, number][] = [];
  for (const size of sizes) {
    const runs: Started[] = [];
    for (let round = 0; round < rounds; round += 1) runs.push(await startOnce(size, 'with-claims'));
    figures.push(...figuresOf(size, runs));
    rest.push([size, median(runs.map(({ restMb }) => restMb))]);
    if (adoption) figures.push(adoptionFigure(size, await startOnce(size, 'without-claims')));
  }
  return { figures, plots: [{ plot: 'memory', series: [{ name: 'resident memory, MB', points: rest }] }], skipped: [] };
}

function figuresOf(size: number, runs: readonly Started[]): readonly Figure[] {
  const [seconds, restMb, peakMb] = (['seconds', 'restMb', 'peakMb'] as const).map((key) =>
    median(runs.map((run) => run[key])),
  );
  const target = TARGETS[size];
  const limit = (atMost: number | undefined): { readonly target: Limit } | object =>
    atMost === undefined ? {} : { target: { atMost } };
  const services = `${size.toLocaleString('en-US')} Services`;
  return [
    {
      id: `start.${size}.ready`,
      what: `ready with ${services}`,
      value: seconds ?? Number.NaN,
      unit: 's',
      ...limit(target?.seconds),
      from: `${services}, claims exist`,
    },
    {
      id: `start.${size}.rss`,
      what: `memory with ${services}`,
      value: restMb ?? Number.NaN,
      unit: 'MB',
      ...limit(target?.mb),
      from: `${services}; at its highest ${Math.round(peakMb ?? 0)} MB`,
    },
  ];
}

function adoptionFigure(size: number, { seconds, peakMb }: Started): Figure {
  const services = `${size.toLocaleString('en-US')} Services`;
  return {
    id: `start.${size}.adoption`,
    what: `the first start: a claim for each of ${services}`,
    value: seconds,
    unit: 's',
    from: `${Math.round(size / seconds)} claims/s at the stub; at its highest ${Math.round(peakMb)} MB`,
  };
}

async function startOnce(services: number, claims: 'with-claims' | 'without-claims'): Promise<Started> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  const stub = startProgram({
    command: process.execPath,
    args: ['--max-old-space-size=8192', STUB, folder, String(services), claims],
    cpu: 1,
  });
  try {
    const kubeconfig = await stub.nextLine();
    const [port = 0, ops = 0] = await freePorts(2);
    const flags = [
      `--kubeconfig=${kubeconfig}`,
      `--listen=127.0.0.1:${port}`,
      `--ops-listen=127.0.0.1:${ops}`,
      `--register=url=https://127.0.0.1:${port}`,
    ];
    const startedAt = performance.now();
    const guard = startProgram({
      command: process.execPath,
      args: [MAIN, 'serve', ...flags],
      cpu: 0,
      stderrFile: join(folder, 'holdfast.log'),
    });
    try {
      const peakMb = await untilReady(`http://127.0.0.1:${ops}/readyz`, guard.pid);
      const seconds = (performance.now() - startedAt) / 1000;
      await delay(REST_MS);
      return { seconds, restMb: residentMb(guard.pid), peakMb };
    } finally {
      await guard.stop();
    }
  } finally {
    await stub.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns the highest resident memory seen on the way */
async function untilReady(url: string, pid: number): Promise<number> {
  const deadline = performance.now() + GIVE_UP_MS;
  for (let [peak, polls] = [0, 0]; performance.now() < deadline; polls += 1) {
    const ok = await fetch(url).then(
      (answer) => answer.body?.cancel().then(() => answer.ok),
      () => false,
    );
    if (polls % 5 === 0 || ok === true) peak = Math.max(peak, residentMb(pid));
    if (ok === true) return peak;
    await delay(POLL_MS);
  }
  throw new Error(`holdfast was not ready after ${GIVE_UP_MS / 1000} s`);
}

/** `ps` counts in KiB, on Linux and on macOS. */
function residentMb(pid: number): number {
  return (Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024) / 1e6;
}
