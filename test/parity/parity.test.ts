import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { keptCases } from './cases.ts';
import { generate } from './generate.ts';
import { runScripts, withStages } from './run-version.ts';
import type { Script } from './script.ts';
import { detailsOf, hasUnexplained, summaryTable, type VersionResult } from './summary.ts';

/** A bound on work, not on time: a slow machine takes longer and finds the same. About 5 minutes on two cores. */
const LAYOUTS = 12;
const EDITS = 8;
const SEED = 100;
/** Fewer than this means that the plays part for reasons that they should not have. */
const FEWEST_COMPARED = 60;
const VERSIONS = ['0.13.12', '0.14.5', '0.15.3', '0.16.1'] as const;

describe('parity with MetalLB', () => {
  const results: VersionResult[] = [];
  after(() => console.log(`\n${summaryTable(results)}\n`));

  for (const version of VERSIONS) {
    test(`${version}: ${LAYOUTS} random layouts, and every case that was ever kept`, async () => {
      const layouts = Array.from({ length: LAYOUTS }, (_, layout) =>
        generate({ seed: SEED, layout, edits: EDITS, version }),
      );
      const cases = keptCases().filter((one) => one.version === version);
      const scripts: readonly Script[] = [...cases.map(({ script }) => script), ...layouts];
      const rounds = await withStages(version, '0s', (stages) => runScripts(stages, scripts));
      results.push({ version, rounds });
      assert.equal(rounds.length, scripts.length);
      const wrong = rounds.filter((round) => hasUnexplained(round, version));
      assert.deepEqual(
        wrong.map((round) => detailsOf(round, version)),
        [],
      );
      const compared = rounds.reduce((sum, { alone }) => sum + alone.length, 0);
      assert.ok(compared >= FEWEST_COMPARED, `only ${compared} edits were compared`);
    });
  }
});
