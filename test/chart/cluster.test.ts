import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { toSecretData } from '../../src/certs/certificate-bundle.ts';
import { DEFAULT_LIFETIMES } from '../../src/certs/lifetimes.ts';
import { makeBundle } from '../../src/certs/self-signed.ts';
import { isStatus } from '../control-plane/api-error.ts';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { type Service, servicePath } from '../control-plane/kube-types.ts';
import { installMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { createService } from '../control-plane/services.ts';
import { Installation, NAMESPACE } from './installation.ts';
import { type PodSpec, Rendered } from './rendered.ts';

const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const SECRETS = `/api/v1/namespaces/${NAMESPACE}/secrets`;
const VALIDATING = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/holdfast';

/** What only a real API server can say about the chart. */
describe('the chart, in a real cluster', () => {
  let cluster: Cluster;

  before(async () => {
    cluster = await startCluster();
    await installMetallb(cluster, '0.16.1');
    await applyPools(cluster, '0.16.1', [{ name: 'main', addresses: ['192.0.2.0/24'] }]);
    const labels = {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    };
    await cluster.applyObjects([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE, labels } }]);
  });
  after(() => cluster.stop());

  /** Creates this Pod as a dry run. @returns the warnings @throws Error with the refusal */
  async function tryPod(spec: PodSpec): Promise<readonly string[]> {
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'holdfast-' }, spec };
    const answer = await cluster.client().send({ method: 'POST', path: PODS, query: { dryRun: 'All' }, body: pod });
    if (answer.status !== 201) throw new Error(answer.body);
    return [answer.headers.warning ?? []].flat();
  }

  test('its Pods pass Pod Security "restricted", with every option that does not need the host', async () => {
    const mounts = ['certificate.existingSecret=a', 'clientCa.existingSecret=b'];
    for (const values of [[], mounts]) {
      const rendered = await Rendered.with(...values);
      for (const kind of ['Deployment', 'Job'] as const) assert.deepEqual(await tryPod(rendered.pod(kind)), [], kind);
    }
  });

  test('and this would be noticed: without any one part of its securityContext it is refused', async () => {
    const spec = (await Rendered.with()).pod();
    const [container] = spec.containers;
    const without = (object: unknown, key: string) =>
      Object.fromEntries(Object.entries(object as object).filter(([name]) => name !== key));
    for (const key of ['runAsNonRoot', 'seccompProfile'])
      await assert.rejects(
        tryPod({ ...spec, securityContext: without(spec.securityContext, key) }),
        /PodSecurity/,
        key,
      );
    for (const key of ['allowPrivilegeEscalation', 'capabilities']) {
      const weaker = { ...container, securityContext: without(container.securityContext, key) };
      await assert.rejects(tryPod({ ...spec, containers: [weaker] }), /PodSecurity/, key);
    }
    await assert.rejects(tryPod((await Rendered.with('hostNetwork=true')).pod()), /PodSecurity.*host/s);
  });

  test("a certificate of one's own: installed, served and trusted, and no other Secret is made", async (t) => {
    const names = { dnsNames: [`holdfast.${NAMESPACE}.svc`], ips: ['127.0.0.1'] };
    const bundle = await makeBundle({ ...names, now: Date.now(), lifetimes: DEFAULT_LIFETIMES });
    const { 'ca.key': _unused, ...data } = toSecretData(bundle);
    const secret = { apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/tls', metadata: { name: 'mine' }, data };
    await cluster.client().create(SECRETS, secret);
    const chart = new Installation(cluster);
    const optional = [
      'networkPolicy.enabled=true',
      'dashboard.enabled=true',
      'floor.enabled=true',
      'certificate.existingSecret=mine',
    ];
    await chart.install(...optional.flatMap((value) => ['--set', value]));
    const pods = await chart.pods();
    t.after(() => pods.stop());
    await pods.start();

    const { webhooks } = await cluster.client().get<Configuration>(VALIDATING);
    const registered = Buffer.from(webhooks[0].clientConfig.caBundle, 'base64').toString();
    assert.equal(registered.trim(), bundle.ca.trim());
    const [first, second] = ['first', 'second'];
    for (const name of [first, second]) await createService(cluster, { name });
    const held = await cluster.client().get<Service>(servicePath('default', first));
    const ip = held.metadata.annotations?.['metallb.universe.tf/loadBalancerIPs'] ?? '';
    const theft = { status: { loadBalancer: { ingress: [{ ip }] } } };
    await assert.rejects(
      cluster.client('human').patch(`${servicePath('default', second)}/status`, 'merge', theft),
      (error) => isStatus(error, 403),
    );
    const secrets = await cluster.client().list(SECRETS);
    const own = secrets.items.map(({ metadata }) => metadata.name).filter((name) => !name.startsWith('sh.helm.'));
    assert.deepEqual(own, ['mine']);
    for (const { process } of pods.replicas) assert.doesNotMatch(process.logs(), /forbidden|not allowed/);
  });
});

interface Configuration {
  readonly webhooks: readonly [{ readonly clientConfig: { readonly caBundle: string } }];
}
