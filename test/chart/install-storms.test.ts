import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { isStatus } from '../control-plane/api-error.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { servicePath } from '../control-plane/kube-types.ts';
import { installMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { createService } from '../control-plane/services.ts';
import { restartStorm, type StormHook, twoControllersStorm } from '../control-plane/storm.ts';
import type { StormResult } from '../control-plane/storm-result.ts';
import type { GuardGroup } from '../e2e/support/guard.ts';
import { type GuardedStorm, stormReport } from '../e2e/support/report.ts';
import { Installation } from './installation.ts';

const MUTATING = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/holdfast';
const VALIDATING = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/holdfast';
const CRD = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/ipclaims.holdfast.dev';

/** What goes through the chart, and through a cluster without it. */
const STORMS = [
  {
    kube: '1.34',
    metallb: '0.13.12',
    run: (cluster: Cluster) => restartStorm(cluster, { metallb: '0.13.12', quietMs: 6_000 }),
  },
  {
    kube: '1.37',
    metallb: '0.16.1',
    run: (cluster: Cluster) =>
      twoControllersStorm(cluster, { metallb: '0.16.1', services: 200, quietMs: 6_000, deadlineMs: 90_000 }),
  },
] as const;

const rows: GuardedStorm[] = [];
after(() => console.log(`\n${stormReport(rows)}\n`));

function note(result: StormResult, guard: string, pods?: GuardGroup): StormResult {
  rows.push({ ...result, guard, refusedByGuard: pods?.refusals().length, repairedByGuard: pods?.repairs().length });
  return result;
}

describe('without holdfast the same storms move IPs', () => {
  test('restart, MetalLB 0.13.12: otherwise the zeros below prove nothing', async () => {
    const cluster = await startCluster({ kube: '1.34' });
    try {
      const row = note(await restartStorm(cluster, { metallb: '0.13.12', quietMs: 6_000 }), 'none');
      assert.ok(row.moved > 0 && row.doubledEver > 0, JSON.stringify(row));
    } finally {
      await cluster.stop();
    }
  });

  test('two controllers, MetalLB 0.16.1: so do these', async () => {
    const cluster = await startCluster({ kube: '1.37' });
    try {
      // They never come to rest: 12 s, or on a slow machine until the first move.
      const afterRestart: StormHook = async ({ observer }) => {
        await observer.waitUntil(({ moves }) => moves.length > 0, 60_000);
      };
      const storm = { metallb: '0.16.1', services: 200, deadlineMs: 12_000, afterRestart } as const;
      const row = note(await twoControllersStorm(cluster, storm), 'none');
      assert.ok(row.moved > 0 && row.doubledEver > 0, JSON.stringify(row));
    } finally {
      await cluster.stop();
    }
  });
});

for (const { kube, metallb, run } of STORMS) {
  describe(`the chart, installed by helm into Kubernetes ${kube}`, () => {
    let cluster: Cluster;
    let chart: Installation;
    let pods: GuardGroup;

    before(async () => {
      cluster = await startCluster({ kube });
      chart = new Installation(cluster);
      await chart.install();
      await installMetallb(cluster, metallb);
      await applyPools(cluster, metallb, [{ name: 'storm', addresses: ['10.200.0.0/20'] }]);
      pods = await chart.pods();
      await pods.start();
    });
    after(async () => {
      pods.stop();
      await cluster.stop();
    });

    async function replace(...flags: readonly string[]): Promise<void> {
      await chart.upgrade(...flags);
      const old = pods;
      pods = await chart.pods();
      await pods.start();
      await Promise.all(old.replicas.map((replica) => replica.stop(30_000)));
      old.stop();
    }

    test('a storm through it: nothing moves, nothing is doubled, nobody waits', async () => {
      const { moved, doubledEver, pendingEnd } = note(await run(cluster), `chart ${kube}`, pods);
      assert.deepEqual({ moved, doubledEver, pendingEnd }, { moved: 0, doubledEver: 0, pendingEnd: 0 });
      assert.deepEqual(
        pods.replicas.flatMap(({ errors }) => errors),
        [],
      );
    });

    test('an upgrade to another mode: the new Pods bring the webhook configurations along', async () => {
      await cluster.client().get(MUTATING);
      await replace('--set', 'mode=enforce');
      await assert.rejects(cluster.client().get(MUTATING), (error) => isStatus(error, 404));
      await replace('--set', 'mode=repair');
      await cluster.client().get(MUTATING);
    });

    test('helm never touches the CRD again, but the next Pod brings it up to date', async () => {
      const version = '/spec/versions/0/additionalPrinterColumns/0/name';
      const columnOf = async () => {
        const { spec } = await cluster.client().get<Definition>(CRD);
        return spec.versions[0].additionalPrinterColumns[0].name;
      };
      const ours = await columnOf();
      await cluster.client().patch(CRD, 'json', [{ op: 'replace', path: version, value: 'Older' }]);
      await chart.upgrade();
      assert.equal(await columnOf(), 'Older');
      await replace();
      assert.equal(await columnOf(), ours);
    });

    test('an uninstall leaves a working cluster: nobody is asked any more, and the claims stay', async () => {
      await createService(cluster, { name: 'last' });
      const exit = await chart.uninstall(async () => {
        for (const path of [MUTATING, VALIDATING])
          await assert.rejects(cluster.client().get(path), (error) => isStatus(error, 404));
        await cluster.client().get('/apis/apps/v1/namespaces/holdfast-system/deployments/holdfast');
      });
      assert.deepEqual(exit, { code: 0, signal: null });
      await Promise.all(pods.replicas.map((replica) => replica.kill()));
      const status = { status: { loadBalancer: { ingress: [{ ip: '10.200.15.1' }] } } };
      await cluster.client('human').patch(`${servicePath('default', 'last')}/status`, 'merge', status);
      const account = '/api/v1/namespaces/holdfast-system/serviceaccounts/holdfast';
      await assert.rejects(cluster.client().get(account), (error) => isStatus(error, 404));
      const claims = await cluster.client().list<Claim>('/apis/holdfast.dev/v1alpha1/ipclaims');
      assert.ok(claims.items.some(({ spec }) => spec.holder === 'default/last'));
    });
  });
}

interface Definition {
  readonly spec: {
    readonly versions: readonly [{ readonly additionalPrinterColumns: readonly [{ readonly name: string }] }];
  };
}

interface Claim {
  readonly spec: { readonly holder: string };
}
