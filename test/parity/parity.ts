import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type MetallbVersion, parseMetallbVersion } from '../control-plane/versions.ts';
import { generate } from './generate.ts';
import { runVersion } from './run-version.ts';
import { type Case, saveCase, shrink } from './shrink.ts';
import { detailsOf, exceptionsOf, hasUnexplained, summaryTable, type VersionResult } from './summary.ts';

const { values } = parseArgs({
  options: {
    metallb: { type: 'string', default: '0.13.12,0.14.5,0.15.3,0.16.1' },
    seed: { type: 'string', default: '1' },
    layouts: { type: 'string', default: '20' },
    edits: { type: 'string', default: '8' },
    minutes: { type: 'string', default: '15' },
    'shrink-minutes': { type: 'string', default: '3' },
    case: { type: 'string' },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const results = values.case === undefined ? await runAll() : [await replay(values.case)];
  for (const { version, rounds } of results) {
    for (const round of rounds) {
      if (hasUnexplained(round)) console.log(`\nUNEXPLAINED, MetalLB ${version}, ${detailsOf(round)}`);
    }
    const exceptions = rounds.flatMap(exceptionsOf);
    if (exceptions.length > 0)
      console.log(`\nGuard's refusals and repairs, MetalLB ${version}:\n${exceptions.join('\n')}`);
  }
  console.log(`\n${summaryTable(results)}`);
  const failing = results.flatMap(({ version, rounds }) => {
    const round = rounds.find(hasUnexplained);
    return round === undefined ? [] : [{ version, script: round.script }];
  });
  if (values.case === undefined) for (const found of failing) await keepSmall(found);
  return failing.length > 0 ? 1 : 0;
}

/** Half of each version's share of time is for the guarded plays, which come first. */
async function runAll(): Promise<readonly VersionResult[]> {
  const versions = values.metallb.split(',').map(parseMetallbVersion);
  const shareMs = (Number(values.minutes) * 60_000) / versions.length;
  const results: VersionResult[] = [];
  for (const version of versions) {
    const rounds = await runVersion(version, scriptsFor(version), Date.now() + shareMs / 2);
    results.push({ version, rounds });
  }
  return results;
}

function scriptsFor(version: MetallbVersion) {
  const seed = Number(values.seed);
  const edits = Number(values.edits);
  return Array.from({ length: Number(values.layouts) }, (_, layout) => generate({ seed, layout, edits, version }));
}

async function replay(file: string): Promise<VersionResult> {
  const { version, script } = JSON.parse(readFileSync(file, 'utf8')) as Case;
  return { version, rounds: await runVersion(version, [script]) };
}

async function keepSmall(found: Case): Promise<void> {
  const script = await shrink(found, Date.now() + Number(values['shrink-minutes']) * 60_000);
  console.log(
    `MetalLB ${found.version}, layout ${script.layout}: replay with --case ${saveCase({ ...found, script })}`,
  );
}
