import { parseArgs } from 'node:util';
import { type MetallbVersion, parseMetallbVersion } from '../control-plane/versions.ts';
import { readCase, saveCase } from './cases.ts';
import { generate } from './generate.ts';
import type { Round, Stages } from './play-together.ts';
import { runScripts, withStages } from './run-version.ts';
import type { Script } from './script.ts';
import { shrink } from './shrink.ts';
import { detailsOf, hasUnexplained, summaryTable, type VersionResult } from './summary.ts';

const { values } = parseArgs({
  options: {
    metallb: { type: 'string', default: '0.13.12,0.14.5,0.15.3,0.16.1' },
    seed: { type: 'string', default: '1' },
    layouts: { type: 'string', default: '20' },
    edits: { type: 'string', default: '8' },
    minutes: { type: 'string', default: '15' },
    'sticky-for': { type: 'string', default: '1h' },
    'shrink-minutes': { type: 'string', default: '3' },
    case: { type: 'string' },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const results = values.case === undefined ? await runAll() : [await replay(values.case)];
  console.log(`\nseed ${values.seed}, --sticky-for ${values['sticky-for']}\n${summaryTable(results)}`);
  return results.some(({ version, rounds }) => rounds.some((round) => hasUnexplained(round, version))) ? 1 : 0;
}

async function runAll(): Promise<readonly VersionResult[]> {
  const versions = values.metallb.split(',').map(parseMetallbVersion);
  const shareMs = (Number(values.minutes) * 60_000) / versions.length;
  const results: VersionResult[] = [];
  for (const version of versions) results.push(await runOne(version, scriptsFor(version), Date.now() + shareMs));
  return results;
}

function runOne(version: MetallbVersion, scripts: readonly Script[], untilMs?: number): Promise<VersionResult> {
  const stickyFor = values['sticky-for'];
  const onRound = (round: Round) => {
    const { script, alone } = round;
    process.stderr.write(
      `MetalLB ${version}: layout ${script.layout}, ${alone.length} of ${script.edits.length} edits compared\n`,
    );
    if (hasUnexplained(round, version)) console.log(`\nUNEXPLAINED, MetalLB ${version}, ${detailsOf(round, version)}`);
  };
  return withStages(version, stickyFor, async (stages) => {
    const rounds = await runScripts(stages, scripts, { onRound, ...(untilMs !== undefined && { untilMs }) });
    const failing = rounds.find((round) => hasUnexplained(round, version));
    if (failing !== undefined && values.case === undefined) await keepSmall(stages, failing.script);
    return { version, rounds };
  });
}

function scriptsFor(version: MetallbVersion): readonly Script[] {
  const seed = Number(values.seed);
  const edits = Number(values.edits);
  return Array.from({ length: Number(values.layouts) }, (_, layout) => generate({ seed, layout, edits, version }));
}

function replay(file: string): Promise<VersionResult> {
  const { version, script } = readCase(file);
  return runOne(version, [script]);
}

async function keepSmall(stages: Stages, script: Script): Promise<void> {
  const { version } = stages.guarded;
  const shows = async (candidate: Script) => {
    const [round] = await runScripts(stages, [candidate]);
    return round !== undefined && hasUnexplained(round, version);
  };
  const small = await shrink(script, shows, Date.now() + Number(values['shrink-minutes']) * 60_000);
  console.log(
    `MetalLB ${version}, layout ${script.layout}: replay with --case ${saveCase({ version, script: small })}`,
  );
}
