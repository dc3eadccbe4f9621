import { parseArgs } from 'node:util';
import { describeRun, type Run, verdicts } from './verdict.ts';
import { Victim } from './victim.ts';

/**
 * Ten times what a replica can do: npm run overload -- [--seconds 10] [--times 10] [--timeout 5] [--connections 2000]
 * First its capacity is found out, with 64 connections that are never idle. Then half of that is asked for a while, and
 * three times in turn `times` as much for `seconds`, and half again. Exits with 1 when an answer was none, a decision came
 * after the caller's time, memory went on growing, or it was not its old self 5 s later. Linux only: it reads /proc.
 */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    times: { type: 'string', default: '10' },
    timeout: { type: 'string', default: '5' },
    connections: { type: 'string', default: '2000' },
    json: { type: 'boolean', default: false },
  },
});

const OPENING_S = 4;
const CALM_S = 8;
const AFTER_S = 8;
const ROUNDS = 3;
const CAPACITY_S = 6;

const [lasts, times] = [Number(values.seconds), Number(values.times)];
const how = { timeoutMs: Number(values.timeout) * 1000, maxConnections: Number(values.connections) };

const victim = await Victim.start();
try {
  const closedLoop = { timeoutMs: 5_000, maxConnections: 64 };
  const found = await victim.load([{ name: 'capacity', seconds: CAPACITY_S, perSecond: 20_000 }], closedLoop);
  // The first half warms the just-in-time compiler up.
  const measured = found.phases[0]?.decidedPerSecond.slice(CAPACITY_S / 2) ?? [];
  const capacity = measured.reduce((sum, one) => sum + one, 0) / measured.length;
  const normal = Math.round(capacity / 2);
  const much = Math.round(capacity * times);
  const rounds = Array.from({ length: ROUNDS }, (_, i) => [
    { name: `overload ${i + 1}`, seconds: lasts, perSecond: much },
    { name: `after ${i + 1}`, seconds: AFTER_S, perSecond: normal },
  ]);
  const overloaded = await victim.load(
    [
      // As in a cluster that runs: connections are there before they are needed.
      { name: 'opening', seconds: OPENING_S, perSecond: normal / 4 },
      { name: 'before', seconds: CALM_S, perSecond: normal },
      ...rounds.flat(),
    ],
    how,
  );
  const run: Run = { capacity, times, ...how, ...overloaded, counted: await victim.counted() };
  if (values.json) console.log(JSON.stringify(run));
  console.log(describeRun(run));
  const failed = verdicts(run).filter(({ holds }) => !holds);
  for (const { text, holds } of verdicts(run)) console.log(`${holds ? 'ok  ' : 'NOT '} ${text}`);
  process.exitCode = failed.length > 0 ? 1 : 0;
} finally {
  await victim.stop();
}
