import { atRest } from './at-rest.ts';
import type { Sabotage } from './guard.ts';
import { begin } from './happen.ts';
import type { Scenario } from './operation.ts';
import { Simulation } from './simulation.ts';

/** What came out of one scenario. */
export interface Result {
  readonly violations: readonly string[];
  /** What happened, step by step. */
  readonly trace: readonly string[];
}

export interface RunOptions {
  /** `end`: stop when the scenario is over; `rest`: then let everything come to rest, and check that as well. */
  readonly until: 'rest' | 'end';
  readonly sabotage?: Sabotage;
}

/** More steps than any scenario needs: reaching it means that something never ends. */
const STEPS = 20_000;

/** Plays a scenario and says what was violated. The same scenario always goes the same way. */
export async function run(scenario: Scenario, { until, sabotage = {} }: RunOptions): Promise<Result> {
  const simulation = new Simulation(scenario, sabotage);
  const { scheduler, witness } = simulation;
  begin(simulation);
  if (!(await scheduler.untilIdle(STEPS))) witness.report(`I3: no rest after ${STEPS} steps`);
  if (until === 'rest' && witness.violations.length === 0) await atRest(simulation);
  return { violations: witness.violations, trace: scheduler.trace };
}
