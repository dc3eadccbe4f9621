import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { explore } from './simulation/explore.ts';
import { MUTANTS } from './simulation/mutants.ts';

const SIZE = { replicas: 3, controllers: 2, operations: 30, choices: 300 };
/** About five times what the shyest mutant needs. */
const RUNS = 6_000;

describe('a broken protocol is found out', () => {
  for (const [name, sabotage] of Object.entries(MUTANTS)) {
    test(`${name}: within ${RUNS} interleavings`, async (t) => {
      const found = await explore({ runs: RUNS, seed: 1, size: SIZE, until: 'end', sabotage, shrinkMs: 0 });
      assert.ok(found, 'no invariant is violated: the simulation is blind for this');
      t.diagnostic(`after ${Number(found.path.split(':')[0]) + 1} runs: ${found.violations[0]}`);
    });
  }
});
