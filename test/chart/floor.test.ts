import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { floorText } from '../../src/cli/floor.ts';
import { render } from './helm.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: unknown;
}

function manifests(yaml: string): readonly Manifest[] {
  const all = parseAllDocuments(yaml).flatMap((one) => (one.toJS() as Manifest | null) ?? []);
  return all.filter(({ kind }) => kind.startsWith('ValidatingAdmissionPolicy'));
}

/** The labels are the chart's own, and the order is helm's; everything else has to be the same. */
function compared(all: readonly Manifest[]): readonly [string, unknown][] {
  const named = all.map(({ kind, metadata, spec }): [string, unknown] => [`${kind} ${metadata.name}`, spec]);
  return named.toSorted(([one], [other]) => one.localeCompare(other));
}

test('the floor that helm renders is what "holdfast floor" prints', async () => {
  const options = { output: 'yaml', anyIp: false } as const;
  const defaults = { ...options, metallbNamespace: 'metallb-system', metallbUsers: [], lbClasses: [] };
  assert.deepEqual(
    compared(manifests(await render('--set', 'floor.enabled=true'))),
    compared(manifests(floorText(defaults))),
  );
  const values = {
    floor: { enabled: true },
    metallb: { namespace: 'lb', users: ['a "b" <c>', 'd'] },
    lbClasses: ['x/y'],
  };
  const flags = Object.entries(values).flatMap(([key, value]) => ['--set-json', `${key}=${JSON.stringify(value)}`]);
  const given = { ...options, metallbNamespace: 'lb', metallbUsers: values.metallb.users, lbClasses: values.lbClasses };
  assert.deepEqual(compared(manifests(await render(...flags))), compared(manifests(floorText(given))));
});

test('without its switch there is none', async () => {
  assert.deepEqual(manifests(await render()), []);
});
