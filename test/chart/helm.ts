import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensureHelm } from '../control-plane/binaries.ts';
import { withoutProxies } from '../control-plane/proxy-free-env.ts';

/** The chart of this repository. */
export const CHART = fileURLToPath(new URL('../../deploy/chart/holdfast', import.meta.url));

const run = promisify(execFile);

/** Runs helm with caches and configuration of its own. @returns stdout @throws Error with what helm wrote to stderr */
export async function helm(args: readonly string[], kubeconfig?: string): Promise<string> {
  const command = await ensureHelm();
  const home = mkdtempSync(join(tmpdir(), 'holdfast-helm-'));
  const env = {
    ...withoutProxies(process.env),
    HELM_CACHE_HOME: home,
    HELM_CONFIG_HOME: home,
    HELM_DATA_HOME: home,
    KUBECONFIG: kubeconfig ?? join(home, 'none'),
  };
  try {
    const { stdout } = await run(command, [...args], { env, maxBuffer: 2 ** 26 });
    return stdout;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

/** The manifests that these flags make of the chart, as YAML. */
export function render(...flags: readonly string[]): Promise<string> {
  return helm(['template', 'holdfast', CHART, '--namespace', 'holdfast-system', ...flags]);
}
