import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { floorTemplate } from './floor-template.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A file that is made from another one. */
export interface Made {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** Everything in the chart that is a copy: helm packages only what lies in the chart's own folder. */
export function made(): readonly Made[] {
  return [
    { path: 'deploy/chart/holdfast/crds/ipclaims.yaml', text: read('deploy/crds/ipclaims.yaml') },
    { path: 'deploy/chart/holdfast/files/alerts.yaml', text: read('deploy/monitoring/alerts.yaml') },
    { path: 'deploy/chart/holdfast/files/dashboard.json', text: read('deploy/monitoring/dashboard.json') },
    { path: 'deploy/chart/holdfast/templates/floor.yaml', text: floorTemplate() },
  ];
}

/** The text of a file of the repository. */
export function read(path: string): string {
  return readFileSync(`${ROOT}/${path}`, 'utf8');
}

/** Where a made file goes. */
export function fileOf({ path }: Made): string {
  return `${ROOT}/${path}`;
}
