import assert from 'node:assert/strict';
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { installMetallb, startMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { observeServices } from '../control-plane/observer.ts';
import { createService } from '../control-plane/services.ts';
import { prepareGuard } from './support/guard.ts';
import { shell } from './support/shell.ts';

const DOCS = fileURLToPath(new URL('../../docs', import.meta.url));

interface Line {
  readonly file: string;
  readonly number: number;
  readonly command: string;
}

/** Each line of the blocks that say "sh run"; a backslash continues a line. */
function commandsOf(file: string): readonly Line[] {
  const text = readFileSync(join(DOCS, file), 'utf8');
  return [...text.matchAll(/^```sh run\n([\s\S]*?)^```$/gm)].flatMap((block) => {
    const first = text.slice(0, block.index).split('\n').length + 1;
    const joined = (block[1] ?? '').replaceAll('\\\n', ' ');
    return joined
      .split('\n')
      .map((command, i) => ({ file, number: first + i, command }))
      .filter(({ command }) => command !== '' && !command.startsWith('#'));
  });
}

/** `check` and `plan` tell by their exit code what they found: 3 is an answer. */
function mayEnd({ command }: Line, code: number): boolean {
  return code === 0 || (code === 3 && /^(?:kubectl )?holdfast (?:check|plan) /.test(`${command} `));
}

describe('the commands in docs/ work as they stand there', () => {
  let cluster: Cluster;

  before(async () => {
    cluster = await startCluster();
    await installMetallb(cluster, '0.16.1');
    const pool = { name: 'main', addresses: ['192.0.2.0/24'] };
    await applyPools(cluster, '0.16.1', [pool]);
    const observer = await observeServices(cluster);
    await cluster.applyObjects([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
    for (const name of ['web', 'api']) await createService(cluster, { name });
    await createService(cluster, { name: 'cart', namespace: 'shop' });
    await startMetallb(cluster, '0.16.1');
    await observer.waitUntilAssigned(3);
    await observer.stop();
    await (await prepareGuard(cluster, { mode: 'repair' })).start();
    const metadata = { name: pool.name, namespace: 'metallb-system' };
    const spec = { addresses: pool.addresses };
    const manifest = stringify({ apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata, spec });
    writeFileSync(join(cluster.folder, 'pools.yaml'), manifest);
  });
  after(() => cluster.stop());

  for (const file of globSync('*.md', { cwd: DOCS }).sort()) {
    const lines = commandsOf(file);
    if (lines.length === 0) continue;
    test(`docs/${file}: ${lines.length} commands`, async () => {
      for (const line of lines) {
        const { code, stdout, stderr } = await shell(cluster, line.command);
        assert.ok(
          mayEnd(line, code),
          `${line.file}:${line.number}: ${line.command} ended with ${code}\n${stdout}${stderr}`,
        );
      }
    });
  }
});
