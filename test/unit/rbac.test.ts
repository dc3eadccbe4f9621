import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
}

const FILE = new URL('../../deploy/manifests/rbac.yaml', import.meta.url);
const roles = parseAllDocuments(readFileSync(FILE, 'utf8')).map((document) => document.toJSON() as Role);
const rules = roles.flatMap(({ rules: own = [], metadata: { namespace = '*' } }) =>
  own.map((rule) => ({ ...rule, namespace })),
);
const about = (resource: string) => rules.filter(({ resources }) => resources.includes(resource));

test('the role reads one Secret and no other, and touches no webhook of somebody else', () => {
  assert.deepEqual(
    about('secrets').map(({ namespace, verbs, resourceNames }) => ({ namespace, verbs, resourceNames })),
    [
      { namespace: 'holdfast-system', verbs: ['create'], resourceNames: undefined },
      { namespace: 'holdfast-system', verbs: ['get', 'update'], resourceNames: ['holdfast-certificate'] },
    ],
  );
  for (const { verbs, resourceNames } of about('validatingwebhookconfigurations')) {
    // Neither can be limited to a name, and neither changes what is there.
    if (resourceNames === undefined) assert.deepEqual(verbs, ['create', 'list']);
    else assert.deepEqual(resourceNames, ['holdfast']);
  }
});

test('the role names what it may do: no wildcard, nothing that gives it more rights, and no status of a Service', () => {
  const words = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs]);
  assert.deepEqual(
    words.filter((word) => word.includes('*') || /^(?:bind|escalate|impersonate)$/.test(word)),
    [],
  );
  const touched = new Set(rules.flatMap(({ resources }) => resources));
  for (const never of ['pods', 'configmaps', 'services/status', 'roles', 'clusterroles', 'serviceaccounts/token']) {
    assert.ok(!touched.has(never), never);
  }
});
