import fc from 'fast-check';
import type { Sabotage } from './guard.ts';
import type { Scenario } from './operation.ts';
import { type Result, run } from './run.ts';
import { type Size, scenarios } from './scenarios.ts';

/** What to explore. The same numbers give the same runs. */
export interface Exploration {
  readonly runs: number;
  readonly seed: number;
  /** Where a former exploration of this seed and size found something. */
  readonly path?: string;
  readonly size: Size;
  /** `end`: stop when the scenario is over; `rest`: then let everything come to rest, and check that as well. */
  readonly until: 'rest' | 'end';
  readonly sabotage?: Sabotage;
  /** How long a counterexample is made smaller; 0: not at all. Milliseconds. */
  readonly shrinkMs: number;
}

/** A scenario in which something was violated, and where to find it again. */
export interface Counterexample extends Result {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly path: string;
}

/** @returns a counterexample, as small as it became in time; undefined when there is none in these runs */
export async function explore(exploration: Exploration): Promise<Counterexample | undefined> {
  const { seed, path, shrinkMs } = exploration;
  const found = await check(exploration, { ...(path === undefined ? {} : { path }), endOnFailure: true });
  if (found === undefined || shrinkMs === 0) return found;
  const shrunk = await check(exploration, { path: found.path, interruptAfterTimeLimit: shrinkMs });
  return shrunk ?? { ...found, seed };
}

async function check(
  { runs, seed, size, until, sabotage }: Exploration,
  how: fc.Parameters<[Scenario]>,
): Promise<Counterexample | undefined> {
  const play = (scenario: Scenario) => run(scenario, { until, ...(sabotage === undefined ? {} : { sabotage }) });
  const property = fc.asyncProperty(
    scenarios(size),
    async (scenario) => (await play(scenario)).violations.length === 0,
  );
  const { counterexample, counterexamplePath } = await fc.check(property, { numRuns: runs, seed, ...how });
  const scenario = counterexample?.[0];
  if (scenario === undefined || counterexamplePath === null) return undefined;
  return { ...(await play(scenario)), scenario, seed, path: counterexamplePath };
}

/** A counterexample in words: what is violated, what happened, and how to see it again. */
export function describeCounterexample({ violations, trace, seed, path, scenario }: Counterexample): string {
  return [
    ...violations,
    '',
    ...trace,
    '',
    JSON.stringify(scenario),
    `again: npm run interleavings -- --seed ${seed} --path ${path} (and the same sizes)`,
  ].join('\n');
}
