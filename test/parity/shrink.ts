import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MetallbVersion } from '../control-plane/versions.ts';
import { runVersion } from './run-version.ts';
import type { Script } from './script.ts';
import { hasUnexplained } from './summary.ts';

/** A script with the MetalLB it fails on, as in `cases/*.json`. */
export interface Case {
  readonly version: MetallbVersion;
  readonly script: Script;
}

/** Leaves out edits one by one, last first, as long as something unexplained remains. @param untilMs epoch ms */
export async function shrink({ version, script }: Case, untilMs: number): Promise<Script> {
  let smallest = script;
  for (let number = script.edits.length - 1; number >= 0 && Date.now() < untilMs; number -= 1) {
    const candidate = { ...smallest, edits: smallest.edits.filter((_, i) => i !== number) };
    const [round] = await runVersion(version, [candidate]);
    if (round !== undefined && hasUnexplained(round)) smallest = candidate;
  }
  return smallest;
}

/** @returns the path of the case */
export function saveCase({ version, script }: Case): string {
  const name = `metallb-${version}-seed-${script.seed}-layout-${script.layout}.json`;
  const path = fileURLToPath(new URL(`cases/${name}`, import.meta.url));
  writeFileSync(path, `${JSON.stringify({ version, script }, null, 2)}\n`);
  return path;
}
