import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeBundle } from '../../../src/certs/self-signed.ts';
import { createClient } from '../../../src/kube/client.ts';
import { loadCluster } from '../../../src/kube/cluster.ts';
import { isKubeError } from '../../../src/kube/errors.ts';
import { kubeconfigFor } from '../../support/stub-apiserver/kubeconfig-for.ts';
import { startStub, tempFolder, writeFile } from './helpers.ts';

test('over TLS the CA decides, and many requests share few connections', async (t) => {
  const [bundle, other] = await Promise.all([ours(), ours()]);
  const stub = await startStub(t, { tls: { key: bundle.key, cert: bundle.cert } });
  const folder = tempFolder(t);
  const clientWith = (ca: string): ReturnType<typeof createClient> => {
    const kubeconfig = writeFile(folder, 'config', kubeconfigFor(stub.url, ca, {}));
    const client = createClient(loadCluster({ kubeconfig }), { version: '0' });
    t.after(() => client.close());
    return client;
  };
  const good = clientWith(bundle.ca);
  for (let i = 0; i < 20; i++) await good.get('/api/v1/namespaces');
  const ports = new Set(stub.requests.all.map(({ remotePort }) => remotePort));
  assert.equal(ports.size, 1);
  await assert.rejects(
    clientWith(other.ca).get('/api/v1/namespaces'),
    (error) => isKubeError(error, 'unavailable') && error.code !== undefined && !error.maybeApplied,
  );
});

test('in a cluster the mounted CA and token are used, and read again', async (t) => {
  const bundle = await ours();
  const stub = await startStub(t, { tls: { key: bundle.key, cert: bundle.cert } });
  const serviceAccount = tempFolder(t);
  writeFile(serviceAccount, 'ca.crt', bundle.ca);
  writeFile(serviceAccount, 'token', 'one');
  const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: new URL(stub.url).port };
  const client = createClient(loadCluster({ env, serviceAccount }), { version: '0' });
  t.after(() => client.close());
  stub.requireToken('one');
  await client.get('/api/v1/namespaces');
  writeFile(serviceAccount, 'token', 'two');
  stub.requireToken('two');
  await client.get('/api/v1/namespaces');
});

function ours(): ReturnType<typeof makeBundle> {
  return makeBundle({ dnsNames: [], ips: ['127.0.0.1'], now: Date.now() });
}
