import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ensureCrd, says } from '../../../src/kube/crd.ts';
import type { KubeObject } from '../../support/stub-apiserver/store.ts';
import { clientOf, startStub } from './helpers.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const NAME = 'ipclaims.holdfast.dev';

function crd(columns: readonly string[] = []): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: NAME },
    spec: {
      group: 'holdfast.dev',
      scope: 'Cluster',
      names: { plural: 'ipclaims', kind: 'IPClaim' },
      versions: [{ name: 'v1alpha1', served: true, storage: true, additionalPrinterColumns: columns }],
    },
  };
}

test('a CRD is created, left alone, updated, and served each time', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  assert.equal(await ensureCrd(client, crd(), { pollMs: 1 }), 'created');
  assert.equal(await ensureCrd(client, crd(), { pollMs: 1 }), 'unchanged');
  assert.equal(await ensureCrd(client, crd(['Holder']), { pollMs: 1 }), 'updated');
  assert.equal(stub.requests.writes.length, 2);
  await client.get('/apis/holdfast.dev/v1alpha1/ipclaims');
});

test('what the API server adds by default is no difference', () => {
  assert.equal(says({ a: 1, b: 2, c: [{ d: 1, e: 2 }] }, { a: 1, c: [{ d: 1 }] }), true);
  assert.equal(says({ a: 1, c: [{ d: 1 }, { d: 2 }] }, { a: 1, c: [{ d: 1 }] }), false);
  assert.equal(says({ a: 1 }, { a: 2 }), false);
  assert.equal(says(undefined, { a: 1 }), false);
});

test('replicas that make it at the same time all end well', async (t) => {
  const stub = await startStub(t);
  const outcomes = await Promise.all([1, 2, 3].map(() => ensureCrd(clientOf(t, stub), crd(), { pollMs: 1 })));
  assert.deepEqual(outcomes.toSorted(), ['created', 'unchanged', 'unchanged']);
});

test('it is waited for until it is served', async (t) => {
  const stub = await startStub(t);
  const path = '/apis/holdfast.dev/v1alpha1/ipclaims';
  stub.faults.add({ verb: 'list', path, times: 3, action: { kind: 'answer', status: 404 } });
  await ensureCrd(clientOf(t, stub), crd(), { pollMs: 1 });
  assert.equal(stub.requests.count('list', path), 4);
});

test('a CRD that is not served in time is an error that says so', async (t) => {
  const stub = await startStub(t);
  stub.faults.add({ verb: 'list', path: '/apis/holdfast.dev', times: 1_000, action: { kind: 'answer', status: 404 } });
  await assert.rejects(
    ensureCrd(clientOf(t, stub), crd(), { pollMs: 1, deadlineMs: 20 }),
    /CustomResourceDefinition ipclaims.holdfast.dev is not served after 20 ms/,
  );
});

test('a CRD whose names are taken is an error with the reason of the API server', async (t) => {
  const stub = await startStub(t);
  const conditions = [{ type: 'NamesAccepted', status: 'False', message: '"ipclaims" is already in use' }];
  stub.put(CRDS, crd());
  await new Promise(setImmediate);
  stub.put(CRDS, { ...crd(), status: { conditions } });
  await assert.rejects(ensureCrd(clientOf(t, stub), crd(), { pollMs: 1 }), /is refused: "ipclaims" is already in use/);
});
