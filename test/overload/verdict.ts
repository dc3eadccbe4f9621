import { median } from '../../bench/support/statistics.ts';
import { formatTable } from '../control-plane/table.ts';
import { FATES } from './call.ts';
import type { PhaseResult } from './load.ts';
import type { Counted, Loaded } from './victim.ts';

/** A whole run: calm, then overload and calm in turn. */
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
/** So many seconds in a row. */
const STEADY_S = 3;
/** "As before": at most this much of the p99 before, and this much more; one busy second of a machine must not count. */
const AS_BEFORE = { times: 2, plusMs: 20 };
/**
 * What memory may gain: 1,000 connections with their TLS state and buffers, 64 MiB of bodies, and as much garbage again.
 * The last overload may need no more than the one before, but for the swing of the garbage collector.
 */
const MAY_GAIN_MIB = 300;
const MAY_GROW = 1.15;

/** All that is promised about overload. */
export function verdicts(run: Run): readonly Verdict[] {
  const { phases, wrong } = run;
  const sum = (what: (phase: PhaseResult) => number) => phases.reduce((total, phase) => total + what(phase), 0);
  const wrongs = sum(({ fates }) => fates.wrong ?? 0);
  const late = sum((phase) => phase.lateDecisions);
  const unanswered = sum(({ fates }) => (fates['no answer'] ?? 0) + (fates.broken ?? 0));
  const refused = sum(({ fates }) => fates.refused ?? 0);
  const { refusedReviews } = run.counted;
  return [
    { text: `every answer is an AdmissionReview with the right uid (${wrongs} are not)`, holds: wrongs === 0 },
    { text: `no decision comes after the caller's time (${late} do)`, holds: late === 0 },
    { text: `whoever could send a review is answered (${unanswered} are not)`, holds: unanswered === 0 },
    {
      text: `refused reviews are counted (${refused} seen, ${refusedReviews} counted)`,
      holds: refused === refusedReviews,
    },
    memoryVerdict(run),
    recoveryVerdict(run),
    ...wrong.map((text) => ({ text, holds: false })),
  ];
}

function memoryVerdict({ memory }: Run): Verdict {
  const peak = (name: string) =>
    Math.max(...memory.filter(({ phase }) => phase.startsWith(name)).map(({ rssMib }) => rssMib));
  const [calm, ...peaks] = ['before', 'overload 1', 'overload 2', 'overload 3'].map(peak);
  const [before = 0, last = 0] = peaks.slice(-2);
  return {
    text: `memory is bounded: ${calm} MiB before, at most ${peaks.join(', ')}`,
    holds: peaks.every((one) => one <= (calm ?? 0) + MAY_GAIN_MIB) && last <= before * MAY_GROW,
  };
}

function recoveryVerdict({ phases }: Run): Verdict {
  const before = phases.find(({ name }) => name === 'before');
  const after = phases.filter(({ name }) => name.startsWith('after'));
  if (before === undefined) throw new Error('a run has a phase "before"');
  // The p99 of the median second: one in which the machine was busy with something else does not count.
  const calm = median(before.seconds.map(({ p99 }) => p99));
  const recovery = after.map((phase) => recoveredAfter(phase, calm));
  return {
    text: `it is as before within ${RECOVERS_IN_S} s (p99 ${ms(calm)} before; after ${recovery.join(', ')} s)`,
    holds: calm < Number.MAX_SAFE_INTEGER && recovery.every((seconds) => seconds <= RECOVERS_IN_S),
  };
}

/**
 * Seconds until it was as before: from then on every call is decided as fast, for a while at least. (Any calm second may be a
 * slow one; those that follow the overload must not be.)
 */
function recoveredAfter({ seconds }: PhaseResult, calm: number): number {
  const isAsBefore = seconds.map(({ p99 }) => p99 <= calm * AS_BEFORE.times + AS_BEFORE.plusMs);
  const first = isAsBefore.findIndex((_, i) => isAsBefore.slice(i, i + STEADY_S).every(Boolean));
  return first < 0 ? seconds.length : first;
}

/** The run as a table. */
export function describeRun(run: Run): string {
  const { capacity, times, phases, timeoutMs, maxConnections, cpu, lagP99, refusedConnections, counted } = run;
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
        { title: 'late decisions', text: ({ lateDecisions }) => String(lateDecisions) },
        { title: 'late refusals', text: ({ lateRefusals }) => String(lateRefusals) },
        { title: 'decided/s', text: ({ fates, seconds }) => ((fates.decided ?? 0) / seconds.length).toFixed(0) },
        { title: 'slowest', text: ({ slowest }) => ms(slowest) },
      ],
      phases,
    ),
    '',
    `${refusedConnections} connections were closed before they could be used; ${counted.refusedConnections} of them, and ` +
      `of those while the capacity was found out, by holdfast. The others never got to it: the kernel's queue was full.`,
    '',
  ].join('\n');
}

function ms(value: number): string {
  return value >= Number.MAX_SAFE_INTEGER ? 'never' : `${value.toFixed(value < 100 ? 1 : 0)} ms`;
}
