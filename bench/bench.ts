/** Every figure of docs/performance.md: `npm run bench -- --help` */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { losses } from './baseline.ts';
import { type Figure, figureTable, type Measured } from './figures.ts';
import { LONG, SHORT } from './parts.ts';
import { writePlots } from './plots/write.ts';
import { machineText } from './support/machine.ts';

const usage = `npm run bench -- [options]
  --part NAME     server, layers, core, start, cluster or storm; repeatable (default: server, core and start)
  --short         about a minute, fewer rounds
  --check         exit 1 when a ratio is clearly worse than bench/baseline.json
  --plots         write docs/plots/*.svg anew
  --json FILE     all figures as JSON, too
  --help

server needs Go for controller-runtime and goes without it; cluster and storm need Go (real control plane and MetalLB).
`;

const DEFAULT_PARTS = ['server', 'core', 'start'];

function readOptions() {
  const { values } = parseArgs({
    options: {
      part: { type: 'string', multiple: true, default: DEFAULT_PARTS },
      short: { type: 'boolean', default: false },
      check: { type: 'boolean', default: false },
      plots: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const parts = values.short ? SHORT : LONG;
  const unknown = values.part.filter((name) => !(name in parts));
  if (unknown.length > 0)
    throw new Error(`no such part: ${unknown.join(', ')} (there are ${Object.keys(parts).join(', ')})`);
  return { ...values, parts };
}

function optionsOrExit() {
  try {
    return readOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    return process.exit(4);
  }
}

const options = optionsOrExit();
if (options.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const measured: Measured[] = [];
for (const name of options.part) {
  const startedAt = performance.now();
  const part = options.parts[name];
  if (part !== undefined) measured.push(await part());
  process.stderr.write(`${name}: ${Math.round((performance.now() - startedAt) / 1000)} s\n`);
}
const figures: readonly Figure[] = measured.flatMap((one) => one.figures);
process.stdout.write(`${figureTable(figures)}\n\n${machineText()}\n`);
for (const reason of measured.flatMap(({ skipped }) => skipped)) process.stdout.write(`left out: ${reason}\n`);
if (options.plots) {
  for (const file of writePlots(measured.flatMap(({ plots }) => plots))) process.stdout.write(`wrote ${file}\n`);
}
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ machine: machineText(), figures }, undefined, 2)}\n`);
}
if (options.check) {
  const lost = losses(figures);
  for (const line of lost) process.stdout.write(`LOSS: ${line}\n`);
  process.exitCode = lost.length > 0 ? 1 : 0;
}
