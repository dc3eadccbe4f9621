import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startCluster } from '../control-plane/cluster.ts';
import { installMetallb, startMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { observeServices } from '../control-plane/observer.ts';
import { createServices } from '../control-plane/services.ts';
import { prepareGuards } from './support/guard.ts';

const PER_STOP = 40;

test('the upgrade tour 0.12.0 → 0.16.1 in one cluster, Services pending at every start: no IP moves', async () => {
  const cluster = await startCluster();
  const guards = await prepareGuards(cluster, 2, { mode: 'repair' });
  const observer = await observeServices(cluster);
  try {
    await guards.start();
    let total = 0;
    for (const version of ['0.12.0', '0.13.12', '0.14.5', '0.15.3', '0.16.1'] as const) {
      await installMetallb(cluster, version);
      await applyPools(cluster, version, [{ name: 'tour', addresses: ['10.202.0.0/22'] }]);
      await createServices(cluster, { count: PER_STOP, prefix: `v${version.replaceAll('.', '-')}` });
      total += PER_STOP;
      const metallb = await startMetallb(cluster, version);
      await observer.waitUntilAssigned(total, 90_000);
      await observer.waitForQuiet(2_000, 30_000);
      await metallb.kill();
      const { moved, doubledEver } = observer.snapshot();
      assert.deepEqual({ version, moved, doubledEver }, { version, moved: [], doubledEver: [] });
    }
  } finally {
    guards.stop();
    await observer.stop();
    await cluster.stop();
  }
});
