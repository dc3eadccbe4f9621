import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unpin } from '../../../src/app/unpin-at-update.ts';
import type { Decision } from '../../../src/core/decision.ts';
import { decode } from '../../../src/review/decode.ts';
import { statusReview } from '../../gen/review.ts';
import { annotations, dualStack, ips, type Mod, pinned, service, spec } from '../../gen/service.ts';

const X = '192.0.2.7';

/** What becomes of an edit of the pinned Service `web`: the patch, and what was told. */
function edit(change: Mod): { readonly patch: unknown; readonly told: readonly string[] } {
  const was = service('web', pinned(X), ips(X));
  const decoded = decode(statusReview(was, change(was), { subResource: undefined }));
  assert.ok(decoded.ok && decoded.review.kind === 'service-update');
  const told: string[] = [];
  const { body } = unpin(decoded.review, (decision: Decision) =>
    told.push(decision.kind === 'repair' ? decision.reason : ''),
  );
  const { patch } = body.response;
  return { patch: patch === undefined ? undefined : JSON.parse(Buffer.from(patch, 'base64').toString()), told };
}

const removes = (patch: unknown): readonly string[] =>
  (patch as { readonly op: string; readonly path: string }[]).map(({ op, path }) => `${op} ${path}`).sort();

for (const [name, change] of [
  ['another pool is requested', annotations({ 'metallb.io/address-pool': 'second' })],
  ['the type changes', spec({ type: 'ClusterIP' })],
  ['the families change', dualStack()],
  ['the class changes', spec({ loadBalancerClass: 'x/y' })],
] as const) {
  test(`${name}: the pin goes in the same write`, () => {
    const { patch, told } = edit(change);
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

for (const [name, change] of [
  ['nothing that matters changes', annotations({ team: 'a' })],
  ['the ports change', spec({ ports: [{ port: 81 }] })],
  [
    'the user makes a request of it',
    annotations({ 'metallb.universe.tf/loadBalancerIPs': '192.0.2.8', 'metallb.io/loadBalancerIPs': '192.0.2.8' }),
  ],
] as const) {
  test(`${name}: nothing is touched`, () => {
    assert.deepEqual(edit(change), { patch: undefined, told: [] });
  });
}
