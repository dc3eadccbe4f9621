import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { createClient } from '../../../src/kube/client.ts';
import { loadCluster } from '../../../src/kube/cluster.ts';
import { isKubeError, KubeError } from '../../../src/kube/errors.ts';
import { at, stringAt } from '../../../src/kube/json.ts';
import type { KubeClient } from '../../../src/kube/kube-client.ts';
import { readService } from '../../../src/kube/readers.ts';
import { kubeconfigFor } from '../../support/stub-apiserver/kubeconfig-for.ts';
import { clientOf, service, startStub, tempFolder, writeFile } from './helpers.ts';

const SERVICES = '/api/v1/services';
const IN_DEFAULT = '/api/v1/namespaces/default/services';

async function failure(call: Promise<unknown>): Promise<KubeError> {
  const error: unknown = await call.then(
    () => assert.fail('it did not fail'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof KubeError, String(error));
  return error;
}

test('an object is created, read, replaced, patched and deleted', async (t) => {
  const client = clientOf(t, await startStub(t));
  const created = await client.create(IN_DEFAULT, service('a', { spec: { type: 'LoadBalancer' } }));
  assert.equal(stringAt(created, 'kind'), 'Service');
  const read = await client.get(`${IN_DEFAULT}/a`);
  assert.deepEqual(read, created);
  const patched = await client.patch(`${IN_DEFAULT}/a`, {
    kind: 'json',
    operations: [{ op: 'add', path: '/metadata/annotations', value: { 'x/y': '1' } }],
  });
  assert.equal(stringAt(patched, 'metadata', 'annotations', 'x/y'), '1');
  const merged = await client.patch(`${IN_DEFAULT}/a`, { kind: 'merge', body: { metadata: { annotations: null } } });
  assert.equal(at(merged, 'metadata', 'annotations'), undefined);
  assert.equal((await failure(client.replace(`${IN_DEFAULT}/a`, read))).kind, 'conflict');
  await client.replace(`${IN_DEFAULT}/a`, merged);
  await client.delete(`${IN_DEFAULT}/a`);
  assert.equal(await readService(client, { namespace: 'default', name: 'a' }), 'gone');
});

test('server-side apply creates what is missing', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  await client.patch(`${IN_DEFAULT}/a`, { kind: 'apply', body: service('a'), fieldManager: 'holdfast', force: true });
  assert.equal(stub.requests.of('patch')[0]?.query.get('fieldManager'), 'holdfast');
  assert.equal(stub.requests.of('patch')[0]?.query.get('force'), 'true');
  assert.notEqual(await readService(client, { namespace: 'default', name: 'a' }), 'gone');
});

test('a second create is already-exists, not conflict', async (t) => {
  const client = clientOf(t, await startStub(t));
  await client.create(IN_DEFAULT, service('a'));
  assert.equal((await failure(client.create(IN_DEFAULT, service('a')))).kind, 'already-exists');
});

test('a delete with another uid or an old resourceVersion is a conflict', async (t) => {
  const client = clientOf(t, await startStub(t));
  const created = await client.create(IN_DEFAULT, service('a'));
  const uid = stringAt(created, 'metadata', 'uid') ?? '';
  assert.equal((await failure(client.delete(`${IN_DEFAULT}/a`, { uid: 'other' }))).kind, 'conflict');
  assert.equal((await failure(client.delete(`${IN_DEFAULT}/a`, { uid, resourceVersion: '1' }))).kind, 'conflict');
  await client.delete(`${IN_DEFAULT}/a`, { uid });
});

test('a list comes in pages of one resourceVersion, whatever is written meanwhile', async (t) => {
  const stub = await startStub(t);
  for (let i = 0; i < 7; i++) stub.put(SERVICES, service(`s${i}`));
  const names: string[] = [];
  const versions = new Set<string>();
  for await (const page of clientOf(t, stub).list(SERVICES, { pageSize: 3 })) {
    names.push(...page.items.map((item) => stringAt(item, 'metadata', 'name') ?? ''));
    versions.add(page.resourceVersion);
    stub.put(SERVICES, service(`late${names.length}`));
  }
  assert.deepEqual(names, ['s0', 's1', 's2', 's3', 's4', 's5', 's6']);
  assert.equal(versions.size, 1);
  assert.equal(stub.requests.count('list', SERVICES), 3);
  assert.equal(
    stub.requests.of('list', SERVICES)[0]?.query.get('resourceVersion'),
    null,
    'a list is a consistent read',
  );
});

test('a list whose continue token is too old fails as gone', async (t) => {
  const stub = await startStub(t);
  for (let i = 0; i < 3; i++) stub.put(SERVICES, service(`s${i}`));
  const read = async (): Promise<void> => {
    for await (const _ of clientOf(t, stub).list(SERVICES, { pageSize: 2 })) stub.compact();
  };
  assert.equal((await failure(read())).kind, 'gone');
});

test('the user agent names holdfast and its version', async (t) => {
  const stub = await startStub(t);
  await clientOf(t, stub).get('/api/v1/namespaces');
  assert.equal(stub.requests.all[0]?.headers['user-agent'], 'holdfast/9.9.9');
});

test('no answer in time is a timeout, and a write may have happened', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub, { timeoutMs: 50 });
  stub.faults.add({ times: 2, action: { kind: 'hang' } });
  const read = await failure(client.get(SERVICES));
  assert.deepEqual([read.kind, read.maybeApplied], ['timeout', false]);
  const write = await failure(client.create(IN_DEFAULT, service('a')));
  assert.deepEqual([write.kind, write.maybeApplied], ['timeout', true]);
});

test("the caller's own deadline is a timeout, the caller's cancellation is not", async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  stub.faults.add({ times: 2, action: { kind: 'hang' } });
  assert.equal((await failure(client.get(SERVICES, { signal: AbortSignal.timeout(30) }))).kind, 'timeout');
  const cancel = new AbortController();
  const call = failure(client.get(SERVICES, { signal: cancel.signal }));
  await stub.requests.reached('list', SERVICES, 2);
  cancel.abort();
  assert.equal((await call).failure.message, 'cancelled');
  assert.equal((await failure(client.get(SERVICES, { signal: cancel.signal }))).failure.message, 'cancelled');
});

test('an answer that got lost leaves a write that was stored, and says so', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  stub.faults.add({ verb: 'create', action: { kind: 'drop-after-commit' } });
  const error = await failure(client.create(IN_DEFAULT, service('a')));
  assert.deepEqual([error.kind, error.maybeApplied], ['unavailable', true]);
  assert.notEqual(await readService(client, { namespace: 'default', name: 'a' }), 'gone');
});

test('a refused connection says that nothing was stored', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  await stub.refuse();
  const error = await failure(client.create(IN_DEFAULT, service('a')));
  assert.deepEqual([error.kind, error.code, error.maybeApplied], ['unavailable', 'ECONNREFUSED', false]);
});

test('Retry-After is handed on', async (t) => {
  const stub = await startStub(t);
  stub.faults.add({ action: { kind: 'answer', status: 429, retryAfterSeconds: 3 } });
  const error = await failure(clientOf(t, stub).get(SERVICES));
  assert.deepEqual([error.kind, error.retryAfterMs], ['unavailable', 3000]);
});

test('a rotated token file is read again after a 401', async (t) => {
  const stub = await startStub(t);
  const folder = tempFolder(t);
  const tokenFile = writeFile(folder, 'token', 'one\n');
  const client = clientOf(t, stub, { user: { tokenFile } });
  stub.requireToken('one');
  await client.get(SERVICES);
  stub.requireToken('two');
  assert.equal((await failure(client.get(SERVICES))).kind, 'unauthorized');
  writeFile(folder, 'token', 'two\n');
  await client.get(SERVICES);
});

test('a kubeconfig that was rotated is read again after a 401', async (t) => {
  const stub = await startStub(t);
  stub.requireToken('new');
  const folder = tempFolder(t);
  const kubeconfig = writeFile(folder, 'config', stub.kubeconfig({ token: 'old' }));
  const client = createClient(loadCluster({ kubeconfig }), { version: '0' });
  t.after(() => client.close());
  writeFile(folder, 'config', stub.kubeconfig({ token: 'new' }));
  await client.get(SERVICES);
  writeFile(folder, 'config', 'half writ');
  stub.requireToken('newer');
  assert.equal((await failure(client.get(SERVICES))).kind, 'unauthorized');
});

test('an exec plugin is run, and run again when its credential is refused', async (t) => {
  const stub = await startStub(t);
  const folder = tempFolder(t);
  const token = writeFile(folder, 'token', 'one');
  const script = `const token = require('fs').readFileSync(${JSON.stringify(token)}, 'utf8');
    console.log(JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token } }));`;
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: ['-e', script],
    interactiveMode: 'Never',
  };
  const client = clientOf(t, stub, { user: { exec } });
  stub.requireToken('one');
  await client.get(SERVICES);
  writeFile(folder, 'token', 'two');
  stub.requireToken('two');
  await client.get(SERVICES);
});

test('an exec plugin that fails is unauthorized, with what it said', async (t) => {
  const stub = await startStub(t);
  const exec = { command: process.execPath, args: ['-e', 'console.error("log in first"); process.exit(1)'] };
  const error = await failure(clientOf(t, stub, { user: { exec } }).get(SERVICES));
  assert.equal(error.kind, 'unauthorized');
  assert.match(error.message, /log in first/);
});

test('no proxy is used for loopback, neither of the kubeconfig nor of the environment', async (t) => {
  const stub = await startStub(t);
  const config = stub.kubeconfig().replace('"server"', '"proxy-url":"http://127.0.0.1:9","server"');
  const kubeconfig = writeFile(tempFolder(t), 'config', config);
  for (const name of ['HTTP_PROXY', 'http_proxy', 'NODE_USE_ENV_PROXY']) {
    const before = process.env[name];
    process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : 'http://127.0.0.1:9';
    t.after(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
  const client = createClient(loadCluster({ kubeconfig }), { version: '0' });
  t.after(() => client.close());
  await client.get(SERVICES);
  assert.equal(stub.requests.count('list', SERVICES), 1);
});

test('an error page that is not JSON is shown in short', async (t) => {
  const client = await clientOfHandler(t, (_, response) => response.writeHead(502).end('<html>bad gateway</html>'));
  const error = await failure(client.get(SERVICES));
  assert.equal(error.kind, 'unavailable');
  assert.equal(error.failure.message, '<html>bad gateway</html>');
});

test('an answer that is not JSON is not taken for one', async (t) => {
  const client = await clientOfHandler(t, (_, response) => response.end('{"half":'));
  assert.equal((await failure(client.get(SERVICES))).kind, 'unavailable');
});

test('connections are kept; a GET that meets one closed by the server meanwhile is sent again', async (t) => {
  const sockets = new Set<unknown>();
  const client = await clientOfHandler(t, (request, response) => {
    const known = sockets.has(request.socket);
    sockets.add(request.socket);
    if (known && sockets.size === 1 && request.url === '/third') request.socket.destroy();
    else response.end('{}');
  });
  await client.get('/first');
  await client.get('/second');
  assert.equal(sockets.size, 1);
  await client.get('/third');
  assert.equal(sockets.size, 2);
});

test('many requests on kept connections leave no listeners behind', async (t) => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): unknown => warnings.push(warning);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const client = clientOf(t, await startStub(t));
  for (let i = 0; i < 30; i++) await client.get(SERVICES);
  await new Promise(setImmediate);
  assert.deepEqual(warnings, []);
});

test('isKubeError tells a KubeError from everything else', async (t) => {
  const client = clientOf(t, await startStub(t));
  const error: unknown = await failure(client.get('/apis/metallb.io/v1beta1/ipaddresspools'));
  assert.ok(isKubeError(error, 'not-found'));
  assert.match(error.message, /^GET \/apis\/metallb.io.*the server could not find the requested resource$/);
});

async function clientOfHandler(t: import('node:test').TestContext, handler: http.RequestListener): Promise<KubeClient> {
  const server = http.createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const kubeconfig = writeFile(tempFolder(t), 'config', kubeconfigFor(`http://127.0.0.1:${port}`, undefined, {}));
  const client = createClient(loadCluster({ kubeconfig }), { version: '0' });
  t.after(() => client.close());
  return client;
}
