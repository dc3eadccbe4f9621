import { formatTable } from '../control-plane/table.ts';
import { FATES } from './call.ts';
import type { PhaseResult } from './load.ts';
import type { Counted, Loaded } from './victim.ts';

/** A whole run: calm, overload, calm, overload, calm. */
export interface Run extends Loaded {
  /** Decisions a second. */
  readonly capacity: number;
  /** How many times that was asked. */
  readonly times: number;
  readonly timeoutMs: number;
  readonly maxConnections: number;
  readonly counted: Counted;
}

/** What must hold, and whether it does. */
export interface Verdict {
  readonly text: string;
  readonly holds: boolean;
}

/** Seconds after which everything must be as before. */
const RECOVERS_IN_S = 5;
/** "As before": at most this much of the p99 before, and this much more; one busy second of a machine must not count. */
const AS_BEFORE = { times: 2, plusMs: 20 };
/**
 * What memory may gain: 1,000 connections with their TLS state and buffers, 64 MiB of bodies, and as much garbage again.
 * The second overload may need no more than the first, but for the swing of the garbage collector.
 */
const MAY_GAIN_MIB = 300;
const MAY_GROW = 1.15;

/** All that is promised about overload. */
export function verdicts(run: Run): readonly Verdict[] {
  const { phases, memory, wrong, counted, refusedConnections } = run;
  const [before, first, after, second, last] = phases;
  if (
    before === undefined ||
    first === undefined ||
    after === undefined ||
    second === undefined ||
    last === undefined
  ) {
    throw new Error('a run has five phases');
  }
  const sum = (what: (phase: PhaseResult) => number) => phases.reduce((total, phase) => total + what(phase), 0);
  const wrongs = sum(({ fates }) => fates.wrong ?? 0);
  const lateDecisions = sum((phase) => phase.lateDecisions);
  const refused = sum(({ fates }) => fates.refused ?? 0);
  const unanswered = sum(({ fates }) => (fates['no answer'] ?? 0) + (fates.broken ?? 0));
  const peak = (name: string) => Math.max(...memory.filter(({ phase }) => phase === name).map(({ rssMib }) => rssMib));
  const [calm, peak1, peak2] = [peak('before'), peak('overload'), peak('overload again')];
  const recovery = [after, last].map((phase) => recoveredAfter(phase, before));
  return [
    { text: `every answer is an AdmissionReview with the right uid (${wrongs} are not)`, holds: wrongs === 0 },
    { text: `no decision comes after the caller's time (${lateDecisions} do)`, holds: lateDecisions === 0 },
    { text: `whoever could send a review is answered (${unanswered} are not)`, holds: unanswered === 0 },
    {
      text: `refusals are counted: ${refused} reviews seen, ${counted.refusedReviews} counted; ${refusedConnections} connections seen, ${counted.refusedConnections} counted`,
      holds: refused === counted.refusedReviews && refusedConnections <= counted.refusedConnections,
    },
    {
      text: `memory is bounded: ${calm} MiB before, at most ${peak1}, then ${peak2}`,
      holds: peak1 <= calm + MAY_GAIN_MIB && peak2 <= peak1 * MAY_GROW,
    },
    {
      text: `it is as before within ${RECOVERS_IN_S} s (p99 ${ms(before.p99)} before; as before after ${recovery.map((s) => `${s} s`).join(' and ')})`,
      holds: recovery.every((seconds) => seconds <= RECOVERS_IN_S),
    },
    ...wrong.map((text) => ({ text, holds: false })),
  ];
}

/** The number of the first second from which on every call was decided as fast as before. */
function recoveredAfter({ seconds }: PhaseResult, { p99 }: PhaseResult): number {
  const isAsBefore = (one: number) => one <= p99 * AS_BEFORE.times + AS_BEFORE.plusMs;
  return seconds.findLastIndex((one) => !isAsBefore(one.p99)) + 1;
}

/** The run as a table. */
export function describeRun(run: Run): string {
  const { capacity, times, phases, timeoutMs, maxConnections, cpu, lagP99 } = run;
  const rate = (phase: PhaseResult) => phase.due / phase.seconds.length;
  return [
    `capacity ${capacity.toFixed(0)} decisions/s; ${times} times that is asked, with timeout=${timeoutMs / 1000}s, by callers ` +
      `with at most ${maxConnections} connections; they used ${(cpu * 100).toFixed(0)} % of a CPU, and were themselves late by ${ms(lagP99)} (p99)`,
    '',
    formatTable<PhaseResult>(
      [
        { title: 'phase', text: ({ name }) => name },
        { title: 'calls/s', text: (phase) => rate(phase).toFixed(0) },
        ...FATES.map((fate) => ({ title: fate, text: ({ fates }: PhaseResult) => String(fates[fate] ?? 0) })),
        { title: 'late refusals', text: ({ lateRefusals }) => String(lateRefusals) },
        { title: 'decided/s', text: ({ fates, seconds }) => ((fates.decided ?? 0) / seconds.length).toFixed(0) },
        { title: 'slowest', text: ({ slowest }) => ms(slowest) },
      ],
      phases,
    ),
    '',
  ].join('\n');
}

function ms(value: number): string {
  return value >= Number.MAX_SAFE_INTEGER ? 'never' : `${value.toFixed(value < 100 ? 1 : 0)} ms`;
}
