import { parseArgs } from 'node:util';
import { formatTable } from '../control-plane/table.ts';
import { neverPlayed, playedText } from './coverage.ts';
import { type Outcome, play } from './play.ts';
import { scheduleOf } from './schedule.ts';

/**
 * Random faults on a real control plane: npm run chaos -- [--schedules N] [--seed FIRST] [--jobs N] [--keep FOLDER]
 * Schedules have the seeds FIRST, FIRST+1, …; one seed always makes the same schedule. `--jobs` plays so many at a time,
 * each on a cluster of its own. With --keep, the logs of all processes of a schedule that violates an invariant are
 * copied there. Exits with 1 when any did, or when ten or more schedules left out a kind of fault or edit.
 */
const { values } = parseArgs({
  options: {
    schedules: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '2' },
    keep: { type: 'string' },
  },
});

const whole = (text: string, flag: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`--${flag} "${text}" is not a whole number from 1`);
  return value;
};
const first = whole(values.seed, 'seed');
const count = whole(values.schedules, 'schedules');

/** So many schedules in a row have every kind of fault; see schedule.ts. */
const EVERY_KIND_WITHIN = 10;
const jobs = whole(values.jobs, 'jobs');

const outcomes: Outcome[] = [];
let next = first;

async function playOn(): Promise<void> {
  while (next < first + count) {
    const seed = next++;
    const outcome = await play(scheduleOf(seed), values.keep);
    outcomes.push(outcome);
    const { violations, schedule, tookMs } = outcome;
    console.log(
      `seed ${seed}, MetalLB ${schedule.metallb}: ${violations.length === 0 ? 'nothing violated' : 'VIOLATED'}, ` +
        `${Math.round(tookMs / 1000)} s`,
    );
    if (violations.length > 0) console.log([...outcome.log, '', ...violations, ''].join('\n'));
  }
}

const began = performance.now();
await Promise.all(Array.from({ length: jobs }, playOn));
outcomes.sort((one, other) => one.schedule.seed - other.schedule.seed);

const seconds = (ms: number): string => `${(ms / 1000).toFixed(0)} s`;
console.log();
console.log(
  formatTable<Outcome>(
    [
      { title: 'seed', text: ({ schedule }) => String(schedule.seed) },
      { title: 'MetalLB', text: ({ schedule }) => schedule.metallb },
      { title: 'redirects', text: ({ redirects }) => String(redirects) },
      { title: 'restores', text: ({ restores }) => String(restores) },
      { title: 'refusals', text: ({ refusals }) => String(refusals) },
      { title: 'at rest after', text: ({ restMs }) => seconds(restMs) },
      { title: 'violations', text: ({ violations }) => String(violations.length) },
    ],
    outcomes,
  ),
);
const violated = outcomes.filter(({ violations }) => violations.length > 0);
const left = count < EVERY_KIND_WITHIN ? [] : neverPlayed(outcomes);
console.log(`\n${playedText(outcomes)}`);
console.log(
  `\n${count} schedules, seeds ${first} to ${first + count - 1}, ${seconds(performance.now() - began)}: ` +
    `${violated.length} violated an invariant`,
);
for (const { schedule } of violated) console.log(`again: npm run chaos -- --schedules 1 --seed ${schedule.seed}`);
if (left.length > 0) console.log(`never happened, so that nothing is shown about them: ${left.join(', ')}`);
process.exitCode = violated.length > 0 || left.length > 0 ? 1 : 0;
