import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MetallbVersion } from '../control-plane/versions.ts';
import type { Script } from './script.ts';

/** A script with the MetalLB it fails, or failed, on: `cases/*.json`. */
export interface Case {
  readonly version: MetallbVersion;
  readonly script: Script;
}

const FOLDER = fileURLToPath(new URL('cases/', import.meta.url));

export function readCase(file: string): Case {
  return JSON.parse(readFileSync(file, 'utf8')) as Case;
}

/** All cases that were ever kept. */
export function keptCases(): readonly Case[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.json'))
    .map((name) => readCase(`${FOLDER}${name}`));
}

/** @returns the path of the case */
export function saveCase({ version, script }: Case): string {
  const path = `${FOLDER}metallb-${version}-seed-${script.seed}-layout-${script.layout}.json`;
  writeFileSync(path, `${JSON.stringify({ version, script }, null, 2)}\n`);
  return path;
}
