import { parseArgs } from 'node:util';
import { Random } from '../parity/random.ts';
import { collectGarbage } from '../support/collect-garbage.ts';
import { corpus } from './corpus.ts';
import { eventFuzzer } from './fuzz-events.ts';
import { type Fuzzed, reviewFuzzer } from './fuzz-reviews.ts';

/**
 * Mutated reviews and watch events: npm run fuzz -- [--reviews N] [--events N] [--seed N]
 * Exits with 1 when one crashed something, got an answer that is no valid AdmissionReview, or cost a 5xx, or when memory
 * grew. The same seed gives the same inputs.
 */
const { values } = parseArgs({
  options: {
    reviews: { type: 'string', default: '20000' },
    events: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
  },
});

/** Heap that may be gained between the first tenth and the end, when caches are warm, MiB. */
const MAY_GROW_MIB = 16;

const heapMib = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
};

interface Fuzzer {
  readonly one: () => Promise<void>;
  readonly result: (inputs: number) => Fuzzed | Promise<Fuzzed>;
}

/** @returns whether all was well */
async function run(what: string, fuzzer: Fuzzer, inputs: number): Promise<boolean> {
  const began = performance.now();
  let warm = 0;
  for (let i = 0; i < inputs; i += 1) {
    if (i === Math.floor(inputs / 10)) warm = heapMib();
    await fuzzer.one();
  }
  const grown = heapMib() - warm;
  const { counts, wrong } = await fuzzer.result(inputs);
  const answers = [...counts]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([answer, count]) => `${answer}: ${count}`);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(
    `${inputs} mutated ${what}, seed ${values.seed}, ${seconds} s: ${answers.join(', ')}; ` +
      `wrong: ${wrong.length}; heap grew by ${grown.toFixed(1)} MiB`,
  );
  for (const text of wrong) console.log(`- ${text}`);
  if (grown > MAY_GROW_MIB) console.log(`- the heap grew by more than ${MAY_GROW_MIB} MiB`);
  return wrong.length === 0 && grown <= MAY_GROW_MIB;
}

const examples = corpus();
const seed = Number(values.seed);
const reviews = await run('reviews', await reviewFuzzer(examples, new Random(seed)), Number(values.reviews));
const events = await run('watch events', await eventFuzzer(examples, new Random(seed + 1)), Number(values.events));
process.exit(reviews && events ? 0 : 1);
