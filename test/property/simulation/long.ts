import { parseArgs } from 'node:util';
import { describeCounterexample, explore } from './explore.ts';
import { MUTANTS } from './mutants.ts';

/**
 * Many interleavings: npm run interleavings -- [--count 100000] [--seed N] [--fewest-replicas 2] [--path P] [--until end]
 * Each chunk of 5,000 has a seed of its own: N, N+1, …; without --seed it begins anywhere, and says where. Exits with 1 at
 * the first counterexample, made small, with its trace.
 */
const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100000' },
    seed: { type: 'string' },
    path: { type: 'string' },
    until: { type: 'string', default: 'rest' },
    'fewest-replicas': { type: 'string', default: '1' },
    replicas: { type: 'string', default: '3' },
    controllers: { type: 'string', default: '2' },
    operations: { type: 'string', default: '30' },
    choices: { type: 'string', default: '300' },
    mutant: { type: 'string' },
  },
});

const CHUNK = 5_000;
const SHRINK_MS = 120_000;

const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value)) throw new Error(`"${text}" is not a whole number`);
  return value;
};
const size = {
  fewestReplicas: number(values['fewest-replicas']),
  replicas: number(values.replicas),
  controllers: number(values.controllers),
  operations: number(values.operations),
  choices: number(values.choices),
};
const runs = number(values.count);
const first = values.seed === undefined ? Math.floor(Math.random() * 1e9) : number(values.seed);
const sabotage = values.mutant === undefined ? {} : MUTANTS[values.mutant];
if (sabotage === undefined) throw new Error(`the mutants are: ${Object.keys(MUTANTS).join('; ')}`);
const until = values.until === 'end' ? 'end' : 'rest';
const path = values.path === undefined ? {} : { path: values.path };

for (let done = 0; done < runs; done += CHUNK) {
  const began = performance.now();
  const chunk = Math.min(CHUNK, runs - done);
  const seed = first + done / CHUNK;
  const found = await explore({ runs: chunk, seed, ...path, size, until, sabotage, shrinkMs: SHRINK_MS });
  if (found !== undefined) {
    console.log(describeCounterexample(found));
    process.exit(1);
  }
  const ms = (performance.now() - began) / chunk;
  console.log(`${done + chunk} of ${runs} runs, seed ${seed}, ${ms.toFixed(1)} ms a run: nothing violated`);
}
