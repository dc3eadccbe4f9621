import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import type { ObserverSnapshot } from '../control-plane/observer.ts';
import { type RestartStormOptions, restartStorm } from '../control-plane/storm.ts';
import type { MetallbVersion } from '../control-plane/versions.ts';
import { type Guard, prepareGuard } from './support/guard.ts';
import { type GuardedStorm, stormReport } from './support/report.ts';

const results: GuardedStorm[] = [];
after(() => console.log(`\n${stormReport(results)}\n`));

interface Storm extends Partial<RestartStormOptions> {
  readonly metallb: MetallbVersion;
  readonly guard?: 'audit' | 'enforce';
  readonly name?: string;
}

interface Seen {
  readonly result: GuardedStorm;
  readonly snapshot: ObserverSnapshot;
  readonly guard: Guard | undefined;
}

/** Runs one restart storm in a cluster of its own; the guard is there before the first Service. */
async function run(storm: Storm, hooks: (guard: Guard) => Partial<RestartStormOptions> = () => ({})): Promise<Seen> {
  const cluster: Cluster = await startCluster();
  try {
    const { guard: mode, name, ...options } = storm;
    const guard = mode === undefined ? undefined : await prepareGuard(cluster, { mode });
    let snapshot: ObserverSnapshot | undefined;
    const result = await restartStorm(cluster, {
      beforeServices: () => guard?.start(),
      ...(guard === undefined ? {} : hooks(guard)),
      atEnd: ({ observer }) => {
        snapshot = observer.snapshot();
      },
      ...options,
    });
    assert.ok(snapshot);
    const row = { ...result, guard: name ?? mode ?? 'none', refusedByGuard: guard?.refusals().length };
    results.push(row);
    return { result: row, snapshot, guard };
  } finally {
    await cluster.stop();
  }
}

describe('MetalLB 0.13.12 crashes, 20 Services are created, it comes back', () => {
  test('unguarded it moves IPs and gives some to two Services: the storm is real', async () => {
    const { result } = await run({ metallb: '0.13.12' });
    assert.ok(result.moved > 0, `moved ${result.moved}`);
    assert.ok(result.doubledEver > 0, `two owners ${result.doubledEver}`);
  });

  test('enforce: nothing moves, nothing is doubled (some stay pending: refusing alone cannot help them)', async () => {
    const { result } = await run({ metallb: '0.13.12', guard: 'enforce' });
    assert.deepEqual([result.moved, result.doubledEver], [0, 0]);
    assert.ok((result.refusedByGuard ?? 0) > 0, 'it was tried');
  });

  test('audit: as unguarded, and every move and every doubled IP was reported', async () => {
    const { result, snapshot, guard } = await run({ metallb: '0.13.12', guard: 'audit' });
    assert.ok(result.moved > 0 && result.doubledEver > 0, `moved ${result.moved}, doubled ${result.doubledEver}`);
    const reports = guard?.refusals() ?? [];
    const reported = new Set(reports.map(({ service }) => service));
    assert.deepEqual(
      snapshot.moved.filter((service) => !reported.has(service)),
      [],
    );
    const stolen = (ip: string): boolean =>
      reports.some(({ reason, told }) => reason === 'Theft' && told?.startsWith(`${ip} `));
    assert.deepEqual(
      snapshot.doubledEver.filter((ip) => !stolen(ip)),
      [],
    );
  });

  test('holdfast killed in mid-storm and started again: nothing moves, nothing is doubled, before, during or after', async () => {
    const { result, guard } = await run({ metallb: '0.13.12', guard: 'enforce', name: 'killed' }, (guarded) => ({
      afterRestart: async () => {
        await guarded.process.waitForLine(/"verdict":"deny"/);
        await guarded.kill();
        await guarded.start();
      },
    }));
    assert.deepEqual([result.moved, result.doubledEver], [0, 0]);
    assert.ok((guard?.refusals().length ?? 0) > 0, 'it was tried');
  });
});

describe('a restart storm of a version that needs no guard is left alone', () => {
  // 0.12.0 throttles itself to a few Services a second.
  for (const { metallb, assigned } of [
    { metallb: '0.12.0', assigned: 60 },
    { metallb: '0.14.5', assigned: 250 },
    { metallb: '0.15.3', assigned: 250 },
    { metallb: '0.16.1', assigned: 250 },
  ] as const) {
    test(`${metallb} under enforce: everything gets its IP and nothing is refused`, async () => {
      const { result } = await run({ metallb, guard: 'enforce', assigned });
      const { moved, doubledEver, pendingEnd, refusedByGuard } = result;
      assert.deepEqual(
        { moved, doubledEver, pendingEnd, refusedByGuard },
        { moved: 0, doubledEver: 0, pendingEnd: 0, refusedByGuard: 0 },
      );
    });
  }
});
