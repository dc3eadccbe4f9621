import { ASSIGNING } from './assigning.ts';
import type { LiveScenario } from './live-scenario.ts';
import { LIVES } from './lives.ts';
import { POOLS } from './pools.ts';
import { SHARING_AND_WRITERS } from './sharing-and-writers.ts';
import { UNGUARDED } from './unguarded.ts';

/** Every scenario that is played on real clusters, in the order in which it is. */
export const LIVE_SCENARIOS: readonly LiveScenario[] = [
  ...ASSIGNING,
  ...POOLS,
  ...LIVES,
  ...SHARING_AND_WRITERS,
  ...UNGUARDED,
];

/** Scenarios that need something else than one holdfast and one MetalLB, and the test that shows them for real. */
export const SHOWN_ELSEWHERE: Readonly<Record<number, string>> = {
  5: 'test/e2e/claims.test.ts',
  48: 'test/e2e/claims.test.ts',
  57: 'test/e2e/outages.test.ts',
};
