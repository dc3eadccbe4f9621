import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { stringify } from 'yaml';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { type Service, servicePath } from '../control-plane/kube-types.ts';
import { installMetallb, type MetallbController, startMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { observeServices, type ServiceObserver } from '../control-plane/observer.ts';
import { serviceIps, serviceManifest } from '../control-plane/services.ts';
import { prepareGuard } from './support/guard.ts';
import { shell } from './support/shell.ts';

/** How GitOps tools write: what docs/gitops.md says of each, against a real API server and the real kubectl. */
const WAYS = [
  { name: 'csa', apply: 'kubectl apply -f -', diff: 'kubectl diff -f -' },
  {
    name: 'ssa',
    apply: 'kubectl apply --server-side --field-manager=argocd-controller -f -',
    diff: 'kubectl diff --server-side --field-manager=argocd-controller -f -',
  },
  {
    name: 'forced',
    apply: 'kubectl apply --server-side --force-conflicts --field-manager=kustomize-controller -f -',
    diff: 'kubectl diff --server-side --force-conflicts --field-manager=kustomize-controller -f -',
  },
] as const;

describe('GitOps tools and pins', () => {
  let cluster: Cluster;
  let observer: ServiceObserver;
  let metallb: MetallbController;

  before(async () => {
    cluster = await startCluster();
    await installMetallb(cluster, '0.16.1');
    await applyPools(cluster, '0.16.1', [{ name: 'main', addresses: ['192.0.2.0/26'] }]);
    await (await prepareGuard(cluster, { mode: 'repair' })).start();
    metallb = await startMetallb(cluster, '0.16.1');
    observer = await observeServices(cluster);
  });
  after(async () => {
    await metallb.kill();
    await observer.stop();
    await cluster.stop();
  });

  /** In the words of a manifest in Git: no pin, no request. */
  const manifest = (name: string, port = 80): string =>
    stringify(serviceManifest({ name, annotations: { team: 'a' }, spec: { ports: [{ name: 'http', port }] } }));

  const stored = (name: string) => cluster.client().get<Service>(servicePath('default', name));

  async function run(line: string, input: string): Promise<string> {
    const { code, stdout, stderr } = await shell(cluster, line, input);
    assert.equal(code, 0, `${line}: ${stderr}${stdout}`);
    return stdout;
  }

  const settled = (name: string) =>
    observer.waitUntil((ledger) => ledger.assigned.has(`default/${name}`), 20_000).then(() => stored(name));

  for (const { name, apply, diff } of WAYS) {
    test(`${name}: pinned at CREATE, no diff, and the pin outlives every further apply`, async () => {
      await run(apply, manifest(name));
      const made = await settled(name);
      const [ip] = serviceIps(made);
      assert.equal(made.metadata.annotations?.['holdfast.dev/pin'], ip);
      assert.equal(await run(diff, manifest(name)), '');
      await run(apply, manifest(name));
      assert.equal((await stored(name)).metadata.annotations?.['holdfast.dev/pin'], ip);
      await run(apply, manifest(name, 81));
      const changed = await stored(name);
      assert.deepEqual([changed.metadata.annotations?.['holdfast.dev/pin'], serviceIps(changed)], [ip, [ip]]);
    });

    test(`${name}: a Service pinned later by "holdfast pin" has no diff either`, async () => {
      const later = `${name}-later`;
      await run(apply, manifest(later));
      const [ip] = serviceIps(await settled(later));
      await run(`holdfast unpin default/${later}`, '');
      assert.equal((await stored(later)).metadata.annotations?.['holdfast.dev/pin'], undefined);
      await run(`holdfast pin default/${later}`, '');
      assert.equal(await run(diff, manifest(later)), '');
      await run(apply, manifest(later));
      assert.equal((await stored(later)).metadata.annotations?.['holdfast.dev/pin'], ip);
    });
  }

  test('replace takes the pin away, and the IP stays', async () => {
    const [ip] = serviceIps(await settled('csa'));
    await run('kubectl replace -f -', manifest('csa'));
    const replaced = await stored('csa');
    assert.deepEqual([replaced.metadata.annotations?.['holdfast.dev/pin'], serviceIps(replaced)], [undefined, [ip]]);
  });

  test('replace --force creates it again: another uid, the same IP', async () => {
    const before = await settled('ssa');
    await run('kubectl replace --force -f -', manifest('ssa'));
    await observer.waitUntil((ledger) => ledger.get('default/ssa')?.metadata.uid !== before.metadata.uid, 20_000);
    const again = await settled('ssa');
    assert.notEqual(again.metadata.uid, before.metadata.uid);
    assert.deepEqual(serviceIps(again), serviceIps(before));
  });
});
