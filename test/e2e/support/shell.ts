import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cluster } from '../../control-plane/cluster.ts';
import type { Identity } from '../../control-plane/identities.ts';
import { withoutProxies } from '../../control-plane/proxy-free-env.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** How a command line ended. */
export interface ShellEnd {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs a command line as an operator would type it: `holdfast`, `kubectl` and `kubectl holdfast` are on the PATH, and
 * $KUBECONFIG names the cluster. What names files of the checkout runs there, everything else in the cluster's folder.
 * @param input for standard input
 */
export function shell(cluster: Cluster, line: string, input = '', as: Identity = 'human'): Promise<ShellEnd> {
  const path = [join(ROOT, 'bin'), dirname(cluster.kubectl), process.env.PATH ?? ''].join(':');
  const env = { ...withoutProxies(process.env), PATH: path, KUBECONFIG: cluster.kubeconfig(as) };
  const cwd = /^npm | deploy\//.test(line) ? ROOT : cluster.folder;
  return new Promise((resolve) => {
    const child = execFile('sh', ['-c', line], { env, cwd }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : Number(error !== null);
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end(input);
  });
}
