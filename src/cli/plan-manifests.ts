import { readFileSync } from 'node:fs';
import type { PoolStep } from '../app/plan-pools.ts';
import { ALLOW_STRAND_ANNOTATION } from '../core/metallb/annotations.ts';
import { objectAt, stringMapAt } from '../review/json.ts';
import { manifestItems } from '../review/pool-manifest.ts';
import { poolToCore } from '../review/pool-to-core.ts';
import { readYaml } from '../yaml/read.ts';
import { whyUnreadable } from './why-unreadable.ts';

/** Manifests that cannot be planned with, with every problem and its line. */
export class ManifestError extends Error {
  override readonly name = 'ManifestError';
}

/** The pools of a manifest, and what else was in it. */
export interface Manifests {
  readonly steps: readonly Extract<PoolStep, { kind: 'apply' }>[];
  /** `pools.yaml:12: L2Advertisement main`. */
  readonly leftOut: readonly string[];
}

/** Reads a file, or standard input for `-`. @throws ManifestError */
export function readManifests(file: string, metallbNamespace: string): Manifests {
  const name = file === '-' ? 'standard input' : file;
  const read = readYaml(textOf(file, name));
  if (read.kind === 'bad') {
    throw new ManifestError(
      read.problems.map(({ line, what }) => `${name}:${line ?? 1}: not YAML: ${what}`).join('\n'),
    );
  }
  const steps: Extract<PoolStep, { kind: 'apply' }>[] = [];
  const [leftOut, problems]: [string[], string[]] = [[], []];
  for (const { value, line } of read.documents) {
    for (const item of manifestItems(value, metallbNamespace)) {
      if (item.kind === 'bad') problems.push(`${name}:${line}: ${item.what}`);
      else if (item.kind === 'other') leftOut.push(`${name}:${line}: ${item.what}`);
      else {
        const annotations = stringMapAt(objectAt(item.json, 'metadata'), 'annotations');
        steps.push({ kind: 'apply', pool: poolToCore(item.json), allowStrand: annotations[ALLOW_STRAND_ANNOTATION] });
      }
    }
  }
  if (problems.length > 0) throw new ManifestError(problems.join('\n'));
  return { steps, leftOut };
}

function textOf(file: string, name: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new ManifestError(`cannot read ${name}: ${whyUnreadable(error)}`);
  }
}
