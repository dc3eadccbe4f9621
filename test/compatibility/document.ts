import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repoRoot } from '../control-plane/paths.ts';
import {
  type KubeVersion,
  kubeReleases,
  kubeVersions,
  metallbVersions,
  readsConfigMap,
} from '../control-plane/versions.ts';
import type { Cell } from './cell.ts';
import { etcdOf } from './etcd.ts';

const FILE = join(repoRoot, 'docs', 'compatibility.md');
/** The table lies between these lines. */
const BEGIN = '<!-- made by: npm run compatibility -- --write -->';
const END = '<!-- until here -->';

/** All cells of one Kubernetes. */
export interface Row {
  readonly kube: KubeVersion;
  readonly cells: readonly Cell[];
}

/** What is not run yet. */
const NOTHING = '–';

/**
 * As it stands in docs/compatibility.md, one line per Kubernetes.
 * @param day of the run, as `2026-11-25` @param before the line as it stands there: what was not run now stays
 */
export function tableLine({ kube, cells }: Row, day: string, before = ''): string {
  const old = before.split(' | ').slice(2, -1);
  const texts = metallbVersions.map((version, i) => {
    const cell = cells.find(({ metallb }) => metallb === version);
    return cell === undefined ? (old[i] ?? NOTHING) : cellText(cell);
  });
  return `| ${[kubeReleases[kube], etcdOf(kube), ...texts, day].join(' | ')} |`;
}

/** What is said of one cell. */
export function cellText({ metallb, restartMs, problem }: Cell): string {
  if (problem !== undefined || restartMs === undefined) return '**failed**';
  return `${(restartMs / 1000).toFixed(1)} s${readsConfigMap(metallb) ? ', no pins' : ''}`;
}

/** The two lines above all others. */
export function tableHead(): readonly string[] {
  const titles = ['Kubernetes', 'etcd', ...metallbVersions.map((version) => `MetalLB ${version}`), 'run on'];
  return [`| ${titles.join(' | ')} |`, `|${' --- |'.repeat(titles.length)}`];
}

/** The table as it is in the document. */
export function writtenTable(): readonly string[] {
  const { table } = parts();
  return table.trim().split('\n');
}

/** Puts these cells into the document; all others stay. @param day as `2026-11-25` */
export function writeRows(rows: readonly Row[], day: string): void {
  const { before, after } = parts();
  const old = writtenTable();
  const lines = kubeVersions.flatMap((kube) => {
    const kept = old.find((line) => line.startsWith(`| ${kubeReleases[kube]} |`));
    const row = rows.find((one) => one.kube === kube);
    return (row === undefined ? kept : tableLine(row, day, kept)) ?? [];
  });
  writeFileSync(FILE, `${before}${BEGIN}\n\n${[...tableHead(), ...lines].join('\n')}\n\n${END}${after}`);
}

function parts(): { readonly before: string; readonly table: string; readonly after: string } {
  const [before = '', rest = ''] = readFileSync(FILE, 'utf8').split(BEGIN);
  const [table, after] = rest.split(END);
  if (table === undefined || after === undefined)
    throw new Error(`${FILE} has no table between "${BEGIN}" and "${END}"`);
  return { before, table, after };
}
