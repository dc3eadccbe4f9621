import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimCrd, ensureClaimCrd } from '../../../src/kube/claim-crd.ts';
import { arrayAt, at, isObject, stringAt } from '../../../src/kube/json.ts';
import { IP_CLAIMS } from '../../../src/kube/paths.ts';
import { claimToJson } from '../../../src/review/claim-json.ts';
import { claimHolder, claimOn } from '../../gen/claim.ts';
import { clientOf, startStub } from './helpers.ts';

const CLAIM = claimOn('192.0.2.1', {
  holders: [claimHolder('web', { goneSince: 1 })],
  history: [{ service: { namespace: 'a', name: 'b', uid: 'c' }, from: 1, to: 2, because: 'TypeChanged' }],
});

/** Paths in `value` that `schema` does not know: the API server would prune them without a word. */
function unknownPaths(value: unknown, schema: unknown, path: string): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item) => unknownPaths(item, at(schema, 'items'), `${path}[]`));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const known = at(schema, 'properties', key);
    return known === undefined ? [`${path}.${key}`] : unknownPaths(inner, known, `${path}.${key}`);
  });
}

test('the definition is found beside the sources, made once, and then left alone', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  assert.equal(await ensureClaimCrd(client, { pollMs: 1 }), 'created');
  assert.equal(await ensureClaimCrd(client, { pollMs: 1 }), 'unchanged');
  await client.get(IP_CLAIMS);
});

test('the schema knows every field that a claim is written with', async () => {
  const [version] = arrayAt(await claimCrd(), 'spec', 'versions');
  const schema = at(version, 'schema', 'openAPIV3Schema', 'properties', 'spec');
  assert.equal(at(schema, 'type'), 'object');
  assert.deepEqual(unknownPaths(claimToJson(CLAIM).spec, schema, 'spec'), []);
  assert.equal(stringAt(claimToJson(CLAIM), 'apiVersion'), `holdfast.dev/${stringAt(version, 'name')}`);
});

test('every printed column names a field that a claim is written with', async () => {
  const [version] = arrayAt(await claimCrd(), 'spec', 'versions');
  for (const column of arrayAt(version, 'additionalPrinterColumns')) {
    const path = stringAt(column, 'jsonPath') ?? '';
    assert.equal(typeof lookUp(claimToJson(CLAIM), path), 'string', path);
  }
});

/** What a simple JSONPath (`.spec.holders[0].since`) finds. */
function lookUp(object: unknown, path: string): unknown {
  const keys = path.match(/\w+/g) ?? [];
  return keys.reduce((value, key) => (Array.isArray(value) ? value[Number(key)] : at(value, key)), object);
}

test('a role that may not create claims is told at once which rule is missing', async (t) => {
  const stub = await startStub(t);
  stub.faults.add({ verb: 'create', path: IP_CLAIMS, action: { kind: 'answer', status: 403, message: 'no' } });
  await assert.rejects(
    ensureClaimCrd(clientOf(t, stub), { pollMs: 1 }),
    /resources: \["ipclaims"\], verbs: \["create"\]/,
  );
});

test('looking whether claims can be created leaves nothing behind', async (t) => {
  const stub = await startStub(t);
  const client = clientOf(t, stub);
  await ensureClaimCrd(client, { pollMs: 1 });
  assert.deepEqual(arrayAt(await client.get(IP_CLAIMS), 'items'), []);
});
