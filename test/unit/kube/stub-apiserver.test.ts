import assert from 'node:assert/strict';
import { test } from 'node:test';
import { at, stringAt } from '../../../src/kube/json.ts';
import { clientOf, service, startStub } from './helpers.ts';

const A = '/api/v1/namespaces/default/services/a';

test('the main path keeps the status, the status path keeps the spec and takes annotations', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } };
  stub.put('/api/v1/services', service('a', { spec: { type: 'LoadBalancer' }, status }));
  const main = await client.patch(A, { kind: 'merge', body: { spec: { type: 'ClusterIP' }, status: null } });
  assert.deepEqual([stringAt(main, 'spec', 'type'), at(main, 'status')], ['ClusterIP', status]);
  const body = { metadata: { annotations: { pin: 'x' } }, spec: { type: 'NodePort' }, status: {} };
  const written = await client.patch(`${A}/status`, { kind: 'merge', body: { ...body, status: null } });
  assert.equal(stringAt(written, 'spec', 'type'), 'ClusterIP');
  assert.equal(stringAt(written, 'metadata', 'annotations', 'pin'), 'x');
  assert.equal(at(written, 'status'), undefined);
});

test('a write that changes nothing keeps the resourceVersion and wakes no watch', async (t) => {
  const stub = await startStub(t);
  const before = stub.put('/api/v1/services', service('a', { spec: {} })).resourceVersion;
  await clientOf(t, stub).patch(A, { kind: 'merge', body: { spec: {} } });
  assert.equal(stub.store.resourceVersion, before);
});

test('a namespaced object needs its namespace, an unknown path is not found', async (t) => {
  const client = clientOf(t, await startStub(t));
  await assert.rejects(
    client.create('/api/v1/namespaces/nope/secrets', { metadata: { name: 'a' } }),
    /namespaces "nope" not found/,
  );
  await assert.rejects(client.get('/apis/nope/v1/things'), /could not find the requested resource/);
});

test('generateName makes a name', async (t) => {
  const client = clientOf(t, await startStub(t));
  const created = await client.create('/api/v1/namespaces/default/services', { metadata: { generateName: 'web-' } });
  assert.match(stringAt(created, 'metadata', 'name') ?? '', /^web-[0-9a-f]{6}$/);
});
