import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isStatus } from '../control-plane/api-error.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { servicePath } from '../control-plane/kube-types.ts';
import { createService } from '../control-plane/services.ts';
import { restartStorm, twoControllersStorm } from '../control-plane/storm.ts';
import type { GuardGroup } from '../e2e/support/guard.ts';
import { type GuardedStorm, stormReport } from '../e2e/support/report.ts';
import { CHART, helm, render } from './helm.ts';
import { Installation } from './installation.ts';
import { fileOf, made, read } from './manifests.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const rows: GuardedStorm[] = [];
after(() => console.log(`\n${stormReport(rows)}\n`));

describe('the chart', () => {
  test('its copies are up to date: else run "npm run chart:copies"', () => {
    for (const file of made()) assert.equal(read(file.path), file.text, fileOf(file));
  });

  test('a value that does not exist or makes no sense is refused, with its name', async () => {
    const cases = [
      ['mode=sometimes', /mode/],
      ['modus=audit', /modus/],
      ['replicas=0', /replicas/],
      ['stickyFor=soon', /stickyFor/],
    ] as const;
    for (const [flag, names] of cases) await assert.rejects(render('--set', flag), names);
  });

  test('every switch on: what it renders passes the schema of helm', async () => {
    const flags = ['networkPolicy', 'serviceMonitor', 'prometheusRule', 'dashboard'].flatMap((name) => [
      '--set',
      `${name}.enabled=true`,
    ]);
    const yaml = await render(...flags);
    for (const kind of ['NetworkPolicy', 'ServiceMonitor', 'PrometheusRule', 'ConfigMap', 'Job'])
      assert.match(yaml, new RegExp(`^kind: ${kind}$`, 'm'));
    await helm(['lint', CHART, '--strict', ...flags]);
  });
});

for (const { kube, storm } of [
  {
    kube: '1.34',
    storm: (cluster: Cluster, start: () => Promise<void>) =>
      restartStorm(cluster, { metallb: '0.13.12', beforeServices: start }),
  },
  {
    kube: '1.37',
    storm: (cluster: Cluster, start: () => Promise<void>) =>
      twoControllersStorm(cluster, { metallb: '0.16.1', services: 200, beforeServices: start, deadlineMs: 90_000 }),
  },
] as const) {
  describe(`installed by helm into Kubernetes ${kube}`, () => {
    let cluster: Cluster;
    let chart: Installation;
    let pods: GuardGroup | undefined;

    before(async () => {
      cluster = await startCluster({ kube });
      // The arguments say repair; the storm's Services exist before it is on.
      chart = new Installation(cluster);
      await cluster.applyObjects([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'metallb-system' } }]);
      await chart.install();
    });
    after(async () => {
      pods?.stop();
      await cluster.stop();
    });

    test('a storm through it: nothing moves, nothing is doubled, nobody waits', async () => {
      const running = await chart.pods();
      pods = running;
      const row = await storm(cluster, () => running.start());
      rows.push({
        ...row,
        guard: `chart ${kube}`,
        refusedByGuard: running.refusals().length,
        repairedByGuard: running.repairs().length,
      });
      const { moved, doubledEver, pendingEnd } = row;
      assert.deepEqual({ moved, doubledEver, pendingEnd }, { moved: 0, doubledEver: 0, pendingEnd: 0 });
    });

    test('an upgrade to another mode: the new Pods bring the webhook configurations along', async () => {
      await Promise.all((pods?.replicas ?? []).map((replica) => replica.stop()));
      pods?.stop();
      await chart.upgrade('--set', 'mode=enforce');
      pods = await chart.pods();
      await pods.start();
      const mutating = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/holdfast';
      await assert.rejects(cluster.client().get(mutating), (error) => isStatus(error, 404));
    });

    test('an uninstall leaves a working cluster: nobody is asked any more, and the claims stay', async () => {
      await createService(cluster, { name: 'last' });
      const args = await chart.unregisterArguments();
      const kubeconfig = await chart.kubeconfig();
      const job = await cluster.run({
        name: 'unregister',
        command: process.execPath,
        args: [MAIN, ...args, `--kubeconfig=${kubeconfig}`],
      });
      assert.deepEqual(await job.exited, { code: 0, signal: null }, job.tail());
      await Promise.all((pods?.replicas ?? []).map((replica) => replica.kill()));
      await chart.uninstall();
      const status = { status: { loadBalancer: { ingress: [{ ip: '10.200.15.1' }] } } };
      await cluster.client('human').patch(`${servicePath('default', 'last')}/status`, 'merge', status);
      const claims = await cluster.client().list('/apis/holdfast.dev/v1alpha1/ipclaims');
      assert.ok(claims.items.length > 0, 'the claims are kept');
    });
  });
}
