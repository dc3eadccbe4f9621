import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { floorTemplate } from './floor-template.ts';
import { render } from './helm.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** A file that is made from other ones. */
export interface Made {
  /** From the root of the repository. */
  readonly path: string;
  readonly text: string;
}

/** Everything in the chart that is a copy: helm packages only what lies in the chart's own folder. */
export function copies(): readonly Made[] {
  return [
    { path: 'deploy/chart/holdfast/crds/ipclaims.yaml', text: read('deploy/crds/ipclaims.yaml') },
    { path: 'deploy/chart/holdfast/files/alerts.yaml', text: read('deploy/monitoring/alerts.yaml') },
    { path: 'deploy/chart/holdfast/files/dashboard.json', text: read('deploy/monitoring/dashboard.json') },
    { path: 'deploy/chart/holdfast/templates/floor.yaml', text: floorTemplate() },
  ];
}

/** The plain manifests: what the chart renders with its defaults, without what only helm understands. */
export async function manifests(): Promise<readonly Made[]> {
  return [
    await manifest('rbac.yaml', 'who holdfast is, and what it may do', ['serviceaccount', 'rbac']),
    await manifest('install.yaml', 'two replicas, their Service and disruption budget', [
      'deployment',
      'service',
      'pdb',
    ]),
  ];
}

async function manifest(name: string, what: string, templates: readonly string[]): Promise<Made> {
  const shown = templates.flatMap((template) => ['--show-only', `templates/${template}.yaml`]);
  const yaml = await render('--no-hooks', ...shown);
  const plain = yaml
    .split('\n')
    .filter((line) => !/^(# Source: |\s+(app\.kubernetes\.io\/managed-by|helm\.sh\/chart): )/.test(line));
  const head = `# ${what[0]?.toUpperCase()}${what.slice(1)}. Made from the chart by "npm run manifests": change that instead.\n`;
  return {
    path: `deploy/manifests/${name}`,
    text: `${head}${plain
      .join('\n')
      .replaceAll(/\n+---/g, '\n---')
      .trimEnd()}\n`,
  };
}

/** The text of a file of the repository. */
export function read(path: string): string {
  return readFileSync(`${ROOT}/${path}`, 'utf8');
}

/** Where a made file goes. */
export function fileOf({ path }: Made): string {
  return `${ROOT}/${path}`;
}
