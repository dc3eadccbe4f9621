import { parseArgs } from 'node:util';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import {
  type KubeVersion,
  kubeVersions,
  type MetallbVersion,
  metallbVersions,
  parseKubeVersion,
  parseMetallbVersion,
} from '../control-plane/versions.ts';
import { type Cell, runCell } from './cell.ts';
import { type Row, tableHead, tableLine, writeRows } from './document.ts';

const USAGE = `npm run compatibility -- [options]: each MetalLB beside holdfast on each Kubernetes, for real
  --kube 1.32,1.37       default: all
  --metallb 0.12.0,...   default: all
  --write                put what was run into docs/compatibility.md
exit 1 when a cell fails, 4 for bad options
`;

interface Options {
  readonly kubes: readonly KubeVersion[];
  readonly metallbs: readonly MetallbVersion[];
  readonly write: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      kube: { type: 'string', default: kubeVersions.join() },
      metallb: { type: 'string', default: metallbVersions.join() },
      write: { type: 'boolean', default: false },
    },
  });
  return {
    kubes: values.kube.split(',').map(parseKubeVersion),
    metallbs: values.metallb.split(',').map(parseMetallbVersion),
    write: values.write,
  };
}

function optionsOrExit(): Options {
  try {
    return readOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return process.exit(4);
  }
}

/** One cluster for all cells; a new one after a cell that failed, since nobody knows what it left behind. */
async function runRow(kube: KubeVersion, metallbs: readonly MetallbVersion[]): Promise<Row> {
  const cells: Cell[] = [];
  let cluster: Cluster | undefined;
  try {
    for (const metallb of metallbs) {
      cluster ??= await startCluster({ kube });
      const cell = await tryCell(cluster, metallb);
      cells.push(cell);
      process.stderr.write(`Kubernetes ${kube}, MetalLB ${metallb}: ${cell.problem ?? 'ok'}\n`);
      if (cell.problem === undefined) continue;
      await cluster.stop();
      cluster = undefined;
    }
  } finally {
    await cluster?.stop();
  }
  return { kube, cells };
}

async function tryCell(cluster: Cluster, metallb: MetallbVersion): Promise<Cell> {
  try {
    return { metallb, restartMs: await runCell(cluster, metallb), problem: undefined };
  } catch (error) {
    return { metallb, restartMs: undefined, problem: error instanceof Error ? error.message : String(error) };
  }
}

const { kubes, metallbs, write } = optionsOrExit();
const rows: Row[] = [];
for (const kube of kubes) rows.push(await runRow(kube, metallbs));
const day = new Date().toISOString().slice(0, 10);
const lines = [...tableHead(), ...rows.map((row) => tableLine(row, day))];
process.stdout.write(`${lines.join('\n')}\n`);
if (write) writeRows(rows, day);
const failed = rows.some(({ cells }) => cells.some(({ problem }) => problem !== undefined));
process.exitCode = failed ? 1 : 0;
