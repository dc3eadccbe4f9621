/**
 * The callers, in a process of their own: `node load.ts JSON` ({@link LoadOrder}). Prints one line of JSON for each phase
 * when it begins, and at the end the result ({@link LoadResult}).
 */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { createSecureContext } from 'node:tls';
import { percentile } from '../../bench/support/statistics.ts';
import { type Ended, FATES, type Fate } from './call.ts';
import { Callers } from './callers.ts';

/** A stretch of time with so many calls a second. */
export interface Phase {
  readonly name: string;
  readonly seconds: number;
  readonly perSecond: number;
}

/** What to do. */
export interface LoadOrder {
  readonly port: number;
  readonly caFile: string;
  /** Bodies, one a line; in each, `REVIEW-UID` stands for the uid. */
  readonly bodiesFile: string;
  readonly timeoutMs: number;
  readonly maxConnections: number;
  readonly phases: readonly Phase[];
}

/** What became of the calls of one phase, or of one second. */
export interface Tally {
  readonly due: number;
  readonly fates: Readonly<Partial<Record<Fate, number>>>;
  /** Decisions that came after the caller's time was over, and refusals that did. */
  readonly lateDecisions: number;
  readonly lateRefusals: number;
  /** Milliseconds, of calls that were decided; a call that was not counts as one that takes for ever. */
  readonly p50: number;
  readonly p99: number;
  /** Of those that were decided. */
  readonly slowest: number;
}

/** What became of the calls of one phase. */
export interface PhaseResult extends Tally {
  readonly name: string;
  /** By the second in which they were due. */
  readonly seconds: readonly Tally[];
  /** Decisions, by the second in which they came. */
  readonly decidedPerSecond: readonly number[];
}

export interface LoadResult {
  readonly phases: readonly PhaseResult[];
  readonly refusedConnections: number;
  /** The first few answers that are none. */
  readonly wrong: readonly string[];
  /** Share of a CPU that this process used. */
  readonly cpu: number;
  /** How late this process itself was, milliseconds: 99 times of 100 at most so much. */
  readonly lagP99: number;
}

const PLACEHOLDER = 'REVIEW-UID--------------------------';
const TICK_MS = 2;

const order = JSON.parse(process.argv[2] ?? '{}') as LoadOrder;
const seconds = (order.timeoutMs / 1000).toString();
const templates = readFileSync(order.bodiesFile, 'utf8').trimEnd().split('\n').map(templateOf);
const ended: Ended[] = [];
const wrong: string[] = [];
let made = 0;

const callers = new Callers({
  port: order.port,
  secureContext: createSecureContext({ ca: readFileSync(order.caFile, 'utf8') }),
  timeoutMs: order.timeoutMs,
  maxConnections: order.maxConnections,
  requestOf: (uid) => {
    const { bytes, at } = templates[Number(uid.slice(-12)) % templates.length] ?? { bytes: Buffer.alloc(0), at: 0 };
    const request = Buffer.from(bytes);
    request.write(uid, at, 'latin1');
    return request;
  },
  onEnd: (one) => {
    ended.push(one);
    if (one.fate === 'wrong' && wrong.length < 5) wrong.push(one.why ?? '');
  },
});

function templateOf(body: string): { readonly bytes: Buffer; readonly at: number } {
  const head = [
    `POST /validate?timeout=${seconds}s HTTP/1.1`,
    'Host: 127.0.0.1',
    'User-Agent: kube-apiserver-admission',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Accept: application/json, */*',
    'Content-Type: application/json',
    'Accept-Encoding: gzip',
  ];
  const bytes = Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
  const at = bytes.indexOf(PLACEHOLDER);
  if (at < 0) throw new Error(`a body without ${PLACEHOLDER}`);
  return { bytes, at };
}

const lag = monitorEventLoopDelay({ resolution: 10 });
lag.enable();
const began = performance.now();
const starts: number[] = [];
for (const [number, phase] of order.phases.entries()) await play(number, phase);
// Nothing is due any more; what is under way has its time, and a little more to be seen as late.
while (callers.pending > 0) {
  callers.tick(performance.now());
  await delay(TICK_MS);
}
callers.close();
const used = process.cpuUsage();
const result: LoadResult = {
  phases: order.phases.map(resultOf),
  refusedConnections: callers.refusedConnections,
  wrong,
  lagP99: lag.percentile(99) / 1e6,
  cpu: (used.user + used.system) / 1000 / (performance.now() - began),
};
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0));

/** Calls are due at even intervals, whatever became of those before: an open loop. */
async function play(number: number, { name, seconds: lasts, perSecond }: Phase): Promise<void> {
  const start = performance.now();
  starts.push(start);
  process.stdout.write(`${JSON.stringify({ phase: name })}\n`);
  const all = Math.round(lasts * perSecond);
  for (let due = 0; due < all; ) {
    const now = performance.now();
    for (const until = Math.min(all, Math.floor(((now - start) / 1000) * perSecond)); due < until; due += 1) {
      made += 1;
      const uid = `00000000-0000-4000-8000-${String(made).padStart(12, '0')}`;
      callers.call({ dueAt: start + (due * 1000) / perSecond, uid, phase: number });
    }
    callers.tick(performance.now());
    await delay(TICK_MS);
  }
}

function resultOf({ name, seconds: lasts }: Phase, number: number): PhaseResult {
  const mine = ended.filter(({ call }) => call.phase === number);
  const start = starts[number] ?? 0;
  const bySecond: Ended[][] = Array.from({ length: Math.ceil(lasts) }, () => []);
  for (const one of mine) bySecond[Math.floor((one.call.dueAt - start) / 1000)]?.push(one);
  const decidedPerSecond = bySecond.map(() => 0);
  for (const { fate, ms, call } of mine) {
    const second = Math.floor((call.dueAt + ms - start) / 1000);
    if (fate === 'decided' && second in decidedPerSecond)
      decidedPerSecond[second] = (decidedPerSecond[second] ?? 0) + 1;
  }
  return { name, ...tallyOf(mine), seconds: bySecond.map(tallyOf), decidedPerSecond };
}

function tallyOf(some: readonly Ended[]): Tally {
  const fates: Partial<Record<Fate, number>> = {};
  for (const fate of FATES) {
    const count = some.filter((one) => one.fate === fate).length;
    if (count > 0) fates[fate] = count;
  }
  const late = some.filter(({ ms }) => ms > order.timeoutMs);
  const times = some.map(({ fate, ms }) => (fate === 'decided' ? ms : Number.MAX_SAFE_INTEGER));
  return {
    due: some.length,
    fates,
    lateDecisions: late.filter(({ fate }) => fate === 'decided').length,
    lateRefusals: late.filter(({ fate }) => fate === 'refused').length,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    slowest: some.reduce((most, { fate, ms }) => (fate === 'decided' ? Math.max(most, ms) : most), 0),
  };
}
