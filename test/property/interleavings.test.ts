import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describeCounterexample, explore } from './simulation/explore.ts';
import type { Scenario } from './simulation/operation.ts';
import { run } from './simulation/run.ts';
import { type Size, scenarios } from './simulation/scenarios.ts';

const ALONE: Size = { replicas: 1, controllers: 1, operations: 20, choices: 200 };
const MANY: Size = { replicas: 3, controllers: 2, operations: 30, choices: 300 };
const RUNS = 200;

/**
 * The invariants of the design (docs) upon a simulated API server: I1, I2 and the half of I5 that protects are checked at
 * every stored write, I3 and the rest of I5 when everything has come to rest. Fixed seeds, so that a run says the same
 * everywhere; `npm run interleavings -- --count 100000 [--seed N]` goes where nobody has been.
 */
describe('whatever happens in whichever order, the invariants hold', () => {
  for (const [what, size] of Object.entries({
    'one replica, one MetalLB': ALONE,
    'three replicas, two MetalLBs': MANY,
  })) {
    for (const seed of [1, 2, 3]) {
      test(`${what}: ${RUNS} interleavings of seed ${seed}`, async () => {
        const found = await explore({ runs: RUNS, seed, size, until: 'rest', shrinkMs: 20_000 });
        assert.equal(found === undefined ? '' : describeCounterexample(found), '');
      });
    }
  }
});

test('the same scenario always goes the same way', async () => {
  for (const scenario of fc.sample(scenarios(MANY), { numRuns: 10, seed: 7 })) {
    const [one, other] = [await run(scenario, { until: 'rest' }), await run(scenario, { until: 'rest' })];
    assert.deepEqual(one.trace, other.trace);
  }
});

/** Scenarios in which something was violated once, as `npm run interleavings` printed them: it must not come back. */
const FOUND = fileURLToPath(new URL('found', import.meta.url));

for (const file of readdirSync(FOUND)) {
  test(`found once: ${file.replace('.json', '').replaceAll('-', ' ')}`, async () => {
    const scenario = JSON.parse(readFileSync(join(FOUND, file), 'utf8')) as Scenario;
    const { violations, trace } = await run(scenario, { until: 'rest' });
    assert.deepEqual(violations, [], trace.join('\n'));
  });
}
