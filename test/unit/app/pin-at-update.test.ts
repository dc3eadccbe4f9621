import assert from 'node:assert/strict';
import { test } from 'node:test';
import { statusReview } from '../../gen/review.ts';
import { annotations, dualStack, ips, type Mod, pinned, service, spec } from '../../gen/service.ts';
import { Guarded } from './guarded.ts';

const X = '192.0.2.7';

/** What becomes of an edit of the pinned Service `web`: the patch, and what was told. */
async function edit(change: Mod): Promise<{ readonly patch: unknown; readonly told: readonly string[] }> {
  const guard = new Guarded();
  const was = service('web', pinned(X), ips(X));
  guard.stored(was);
  const { patch } = await guard.mutate(statusReview(was, change(was), { subResource: undefined }));
  return { patch, told: guard.records.map(({ decision }) => (decision.kind === 'repair' ? decision.reason : '')) };
}

const removes = (patch: unknown): readonly string[] =>
  (patch as { readonly op: string; readonly path: string }[]).map(({ op, path }) => `${op} ${path}`).sort();

for (const [name, change] of [
  ['another pool is requested', annotations({ 'metallb.io/address-pool': 'second' })],
  ['the type changes', spec({ type: 'ClusterIP' })],
  ['the class changes', spec({ loadBalancerClass: 'x/y' })],
] as const) {
  test(`${name}: the pin goes in the same write`, async () => {
    const { patch, told } = await edit(change);
    const paths = removes(patch);
    assert.ok(paths.includes('remove /metadata/annotations/holdfast.dev~1pin'), paths.join());
    assert.ok(
      paths.some((path) => path.endsWith('~1loadBalancerIPs')),
      paths.join(),
    );
    assert.ok(paths.every((path) => path.startsWith('remove ')));
    assert.deepEqual(told, ['Unpinned']);
  });
}

test('the families change: the pin follows them in the same write, and what is there stays', async () => {
  const { patch, told } = await edit(dualStack());
  const pin = (patch as { readonly path: string; readonly value?: string }[]).find(({ path }) =>
    path.endsWith('~1pin'),
  );
  assert.deepEqual([pin?.value, told], [`${X},2001:db8::`, ['Pinned']]);
});

for (const [name, change] of [
  ['nothing that matters changes', annotations({ team: 'a' })],
  ['the ports change', spec({ ports: [{ port: 81 }] })],
  [
    'the user makes a request of it',
    annotations({ 'metallb.universe.tf/loadBalancerIPs': '192.0.2.8', 'metallb.io/loadBalancerIPs': '192.0.2.8' }),
  ],
] as const) {
  test(`${name}: nothing is touched`, async () => {
    assert.deepEqual(await edit(change), { patch: undefined, told: [] });
  });
}
