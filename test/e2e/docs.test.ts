import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { stringify } from 'yaml';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { servicePath } from '../control-plane/kube-types.ts';
import { installMetallb, startMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { observeServices, type ServiceObserver } from '../control-plane/observer.ts';
import { createService } from '../control-plane/services.ts';
import type { DocsCommand } from '../docs/commands.ts';
import { allCommands } from '../docs/fates.ts';
import { type Guard, prepareGuard } from './support/guard.ts';
import { type ShellEnd, shell } from './support/shell.ts';

/** The only commands of holdfast that tell by their exit code what they found: 3 is an answer. */
const ASKS = /^(?:kubectl |npm run -s )?holdfast (?:-- )?(?:check|plan) /;

function mayEnd(command: string, code: number): boolean {
  return code === 0 || (code === 3 && ASKS.test(`${command} `));
}

/** The cluster of the docs: default/web has 192.0.2.7, and there is a namespace shop. */
describe('the commands in the docs work as they stand there', () => {
  let cluster: Cluster;
  let guard: Guard;
  let observer: ServiceObserver | undefined;
  const toRun = allCommands().filter(({ fate }) => fate.kind === 'run');

  before(async () => {
    cluster = await startCluster();
    await installMetallb(cluster, '0.16.1');
    const pool = { name: 'main', addresses: ['192.0.2.0/24'] };
    await applyPools(cluster, '0.16.1', [pool]);
    observer = await observeServices(cluster);
    await cluster.applyObjects([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
    for (const name of ['web', 'api']) await createService(cluster, { name });
    await createService(cluster, { name: 'cart', namespace: 'shop' });
    const status = { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } };
    await cluster.client().patch(`${servicePath('default', 'web')}/status`, 'merge', { status });
    await startMetallb(cluster, '0.16.1');
    await observer.waitUntilAssigned(3);
    // As docs/install.md has it, but for the addresses.
    guard = await prepareGuard(cluster, { mode: 'repair' });
    await guard.start();
    const metadata = { name: pool.name, namespace: 'metallb-system' };
    const spec = { addresses: pool.addresses };
    const manifest = stringify({ apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool', metadata, spec });
    writeFileSync(join(cluster.folder, 'pools.yaml'), manifest);
  });
  after(async () => {
    await observer?.stop();
    await cluster.stop();
  });

  async function runs(command: string, where = 'here'): Promise<ShellEnd> {
    const end = await shell(cluster, command);
    const told = `${where}: ${command} ended with ${end.code}\n${end.stdout}${end.stderr}`;
    assert.ok(mayEnd(command, end.code), told);
    return end;
  }

  for (const [page = '', commands = []] of Map.groupBy(toRun, ({ page: one }: DocsCommand) => one)) {
    test(`${page}: ${commands.length} commands`, async () => {
      for (const { line, command } of commands) await runs(command, `${page}:${line}`);
    });
  }

  test('the way out: kubectl deletes the webhooks, and unregister finds nothing any more', async () => {
    await runs('kubectl delete validatingwebhookconfiguration,mutatingwebhookconfiguration holdfast');
    const { stdout } = await runs('npm run -s holdfast -- unregister');
    assert.match(stdout, /nothing/i);
    await guard.process.waitForLine(/deleted|gone/);
  });
});
