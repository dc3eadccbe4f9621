import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { floorText } from '../../../src/cli/floor.ts';
import { floorManifests } from '../../../src/kube/floor/policy.ts';
import { UNSEEN } from '../../../src/kube/floor/reasons.ts';
import { floorTemplate } from '../../chart/floor-template.ts';

const SPEC = { metallbUsers: ['metallb'], lbClasses: ['example.com/lb'], anyIp: false, labels: {} };
const OPTIONS = {
  metallbNamespace: 'lb',
  metallbUsers: ['more'],
  lbClasses: ['example.com/lb'],
  anyIp: false,
} as const;

interface Policy {
  readonly failurePolicy: string;
  readonly matchConditions: readonly { readonly name: string; readonly expression: string }[];
}

function specOf<T>(kind: string, name: string, spec = SPEC): T {
  const found = floorManifests(spec).find((one) => one.kind === kind && one.metadata.name === name);
  assert.ok(found, `${kind} ${name}`);
  return found.spec as T;
}

const file = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('MetalLB is never refused, not even when an expression fails', () => {
  const writers = (policy: Policy) => policy.matchConditions[0]?.expression.replaceAll('\n', '');
  const refusing = specOf<Policy>('ValidatingAdmissionPolicy', 'holdfast-floor');
  assert.equal(writers(refusing), '!(request.userInfo.username in ["metallb"])');
  const metallbs = specOf<Policy>('ValidatingAdmissionPolicy', 'holdfast-floor-metallb');
  assert.equal(writers(metallbs), '(request.userInfo.username in ["metallb"])');
  assert.deepEqual([refusing.failurePolicy, metallbs.failurePolicy], ['Fail', 'Ignore']);
  const actions = (name: string) =>
    specOf<{ validationActions: unknown }>('ValidatingAdmissionPolicyBinding', name).validationActions;
  assert.deepEqual(actions('holdfast-floor'), ['Deny']);
  assert.deepEqual(actions('holdfast-floor-metallb'), ['Audit', 'Warn']);
});

test('IPs that MetalLB has left no note on are looked at only with --any-ip', () => {
  const names = (spec: typeof SPEC) =>
    specOf<Policy>('ValidatingAdmissionPolicy', 'holdfast-floor', spec).matchConditions.map(({ name }) => name);
  assert.ok(names(SPEC).includes('is-of-metallb'));
  assert.ok(!names({ ...SPEC, anyIp: true }).includes('is-of-metallb'));
});

test('the command prints the accounts that serve would take for MetalLB, as YAML and as JSON', () => {
  const documents = parseAllDocuments(floorText({ ...OPTIONS, output: 'yaml' })).map((one) => one.toJS() as object);
  const list = JSON.parse(floorText({ ...OPTIONS, output: 'json' })) as { kind: string; items: readonly object[] };
  assert.deepEqual([list.kind, list.items], ['List', documents]);
  assert.equal(documents.length, 4);
  const users = ['controller', 'metallb-controller'].map((account) => `"system:serviceaccount:lb:${account}"`);
  const [first] = documents as [{ readonly spec: Policy }];
  assert.ok(first.spec.matchConditions[0]?.expression.includes(`[${users.join(', ')}, "more"]`));
});

test('the template of the chart is made from it: else run "npm run chart:copies"', () => {
  assert.equal(file('deploy/chart/holdfast/templates/floor.yaml'), floorTemplate());
});

test('docs/floor.md lists the reasons that the floor cannot see', () => {
  const [, section = ''] = file('docs/floor.md').split('## What it cannot see');
  const listed = [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, reason]) => reason);
  assert.deepEqual(listed, UNSEEN);
});
