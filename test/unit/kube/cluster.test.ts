import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadCluster } from '../../../src/kube/cluster.ts';
import { ClusterConfigError } from '../../../src/kube/cluster-config-error.ts';
import { kubeconfigFor } from '../../support/stub-apiserver/kubeconfig-for.ts';
import { tempFolder, writeFile } from './helpers.ts';

const NOWHERE = { env: {}, home: '/nonexistent', serviceAccount: '/nonexistent' };

function config(server: string): string {
  return kubeconfigFor(server, undefined, {});
}

function refused(options: Parameters<typeof loadCluster>[0], message: RegExp): void {
  assert.throws(
    () => loadCluster({ ...NOWHERE, ...options }),
    (error) => error instanceof ClusterConfigError && message.test(error.message),
  );
}

test('the flag beats the cluster, which beats KUBECONFIG, which beats the home folder', (t) => {
  const folder = tempFolder(t);
  mkdirSync(path.join(folder, '.kube'));
  writeFile(folder, 'token', 'secret');
  writeFile(path.join(folder, '.kube'), 'config', config('https://home:6443'));
  const named = writeFile(folder, 'named', config('https://named:6443'));
  const flag = writeFile(folder, 'flag', config('https://flag:6443'));
  const inCluster = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
  const base = { home: folder, serviceAccount: folder };
  const server = (options: object): string => loadCluster({ ...base, ...options }).server;

  assert.equal(server({ kubeconfig: flag, env: { ...inCluster, KUBECONFIG: named } }), 'https://flag:6443');
  assert.equal(server({ env: { ...inCluster, KUBECONFIG: named } }), 'https://[fd00::1]:443');
  assert.equal(server({ env: { KUBECONFIG: named } }), 'https://named:6443');
  assert.equal(server({ env: { ...inCluster }, serviceAccount: '/nonexistent' }), 'https://home:6443');
  assert.equal(server({ env: {} }), 'https://home:6443');
});

test('of several files in KUBECONFIG the first wins, and one that does not exist is passed over', (t) => {
  const folder = tempFolder(t);
  const first = writeFile(folder, 'first', config('https://first:6443'));
  const second = writeFile(folder, 'second', config('https://second:6443'));
  const KUBECONFIG = [path.join(folder, 'missing'), first, second].join(path.delimiter);
  assert.equal(loadCluster({ ...NOWHERE, env: { KUBECONFIG } }).server, 'https://first:6443');
});

test('without any cluster the message says what was looked for', () => {
  refused(
    {},
    /^no cluster found: .*KUBECONFIG is not set.*\/nonexistent\/.kube\/config does not exist.*--kubeconfig FILE/,
  );
});

test('a file that cannot be read is named, with the cause', (t) => {
  refused({ kubeconfig: '/nonexistent/config' }, /^kubeconfig \/nonexistent\/config cannot be read \(ENOENT\)/);
  refused({ kubeconfig: tempFolder(t) }, /cannot be read \(EISDIR\)/);
});

const BROKEN: readonly [string, string, RegExp][] = [
  ['that is not YAML', 'a: [', /is not YAML: /],
  ['that is empty', '', /is not a kubeconfig/],
  ['that is a text', 'hello', /is not a kubeconfig/],
  [
    'without a current-context',
    '{contexts: [{name: a, context: {cluster: x, user: y}}]}',
    /has no current-context \(contexts: a\): run kubectl config use-context/,
  ],
  ['whose current-context is missing', '{current-context: b, contexts: []}', /current-context "b" is not there/],
  [
    'whose cluster is missing',
    '{current-context: a, contexts: [{name: a, context: {cluster: x, user: y}}]}',
    /context "a" names a missing cluster/,
  ],
  ['with a cluster without server', '{clusters: [{name: a, cluster: {}}]}', /clusters\[0\].cluster.server is missing/],
];

for (const [what, text, message] of BROKEN) {
  test(`a kubeconfig ${what} is refused with a reason`, (t) => {
    refused({ kubeconfig: writeFile(tempFolder(t), 'config', text) }, message);
  });
}

test('a missing user is named', (t) => {
  const text = config('https://a:6443').replace('"user":"me"', '"user":"you"');
  refused({ kubeconfig: writeFile(tempFolder(t), 'config', text) }, /names the missing user "you"/);
});

test('plain http is for loopback only', (t) => {
  const folder = tempFolder(t);
  refused({ kubeconfig: writeFile(folder, 'a', config('http://api.example:80')) }, /in clear: use https/);
  refused({ kubeconfig: writeFile(folder, 'b', config('ftp://api.example')) }, /not a http or https URL/);
  const local = writeFile(folder, 'c', config('http://127.0.0.1:8001/'));
  assert.equal(loadCluster({ ...NOWHERE, kubeconfig: local }).server, 'http://127.0.0.1:8001');
});
