import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ensureHelm } from '../control-plane/binaries.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { installMetallb } from '../control-plane/metallb.ts';
import { withoutProxies } from '../control-plane/proxy-free-env.ts';
import { Installation, NAMESPACE } from './installation.ts';
import { read } from './manifests.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Section {
  readonly title: string;
  readonly commands: readonly string[];
}

/** The commands of the blocks that say "sh install", by the "##" headings above them. */
function sections(): readonly Section[] {
  return read('docs/install.md')
    .split(/^## /m)
    .map((text) => ({ title: text.split('\n')[0] ?? '', commands: commandsOf(text) }))
    .filter(({ commands }) => commands.length > 0);
}

function commandsOf(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^```sh install\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.replaceAll('\\\n', ' ').trim().split('\n'));
}

/** In the root of the checkout, as an operator of the cluster. @throws Error with what it wrote */
async function run(cluster: Cluster, line: string): Promise<void> {
  const path = [dirname(await ensureHelm()), dirname(cluster.kubectl), process.env.PATH ?? ''].join(':');
  const [HELM_CACHE_HOME, HELM_CONFIG_HOME, HELM_DATA_HOME] = Array<string>(3).fill(cluster.folder);
  const homes = { HELM_CACHE_HOME, HELM_CONFIG_HOME, HELM_DATA_HOME };
  const env = { ...withoutProxies(process.env), ...homes, PATH: path, KUBECONFIG: cluster.kubeconfig('human') };
  await new Promise<void>((resolve, reject) => {
    execFile('sh', ['-ec', line], { env, cwd: ROOT }, (error, stdout, stderr) => {
      if (error === null) resolve();
      else reject(new Error(`${line}\n${stdout}${stderr}`));
    });
  });
}

/** A cluster without the namespace that tests usually have; nobody but a controller finishes a deletion. */
async function freshCluster(): Promise<Cluster> {
  const cluster = await startCluster();
  const path = `/api/v1/namespaces/${NAMESPACE}`;
  await cluster.client().delete(path);
  const namespace = await cluster.client().get<object>(path);
  await cluster.client().replace(`${path}/finalize`, { ...namespace, spec: { finalizers: [] } });
  await installMetallb(cluster, '0.16.1');
  return cluster;
}

describe('the commands in docs/install.md work as they stand there', () => {
  for (const { title, commands } of sections()) {
    test(`${title}: ${commands.length} commands`, async () => {
      const cluster = await freshCluster();
      try {
        for (const line of commands) {
          const job = line.startsWith('helm uninstall') ? new Installation(cluster).runJob() : undefined;
          await Promise.all([run(cluster, line), job]);
        }
        const [left] = (await cluster.client().list('/apis/apps/v1/deployments')).items;
        assert.equal(left, undefined, 'in the end it is uninstalled');
      } finally {
        await cluster.stop();
      }
    });
  }
});
