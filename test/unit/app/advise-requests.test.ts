import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { JsonObject } from '../../../src/review/json.ts';
import { claimHolder, claimOn } from '../../gen/claim.ts';
import { createReview, statusReview } from '../../gen/review.ts';
import {
  annotations,
  ips,
  type Mod,
  newService,
  pinned,
  requested,
  service,
  sharing,
  spec,
  version,
} from '../../gen/service.ts';
import { Guarded } from './guarded.ts';
import { START } from './replica.ts';

const [X, Y] = ['192.0.2.7', '192.0.2.8'];

describe('what a user requests', () => {
  let guard: Guarded;

  beforeEach(() => {
    guard = new Guarded();
    guard.stored(service('owner', ips(X)), service('web', ips(Y)));
  });

  const created = (...mods: readonly Mod[]): JsonObject => createReview(newService('new', ...mods));
  /** An edit of the main resource of `web`, which has Y. */
  const edited = (...mods: readonly Mod[]): JsonObject => {
    const stored = service('web', ips(Y));
    const object = service('web', ips(Y), version(101), ...mods);
    return statusReview(stored, object, { subResource: undefined, userInfo: { username: 'alice' } });
  };
  const told = async (review: JsonObject) => {
    const { response } = await guard.validate(review);
    return [response.allowed, response.auditAnnotations?.reason, ...(response.warnings ?? [])];
  };
  const TAKEN = [true, 'RequestTaken', `holdfast: RequestTaken of ${X}, held by default/owner`];

  const rows: readonly (readonly [name: string, review: () => JsonObject, expected: readonly unknown[]])[] = [
    ['nothing, at CREATE', () => created(), [true, 'RequestFine']],
    ['a free IP, at CREATE', () => created(requested('192.0.2.9')), [true, 'RequestFine']],
    ['an IP of somebody else, at CREATE', () => created(requested(X)), TAKEN],
    ['an IP of somebody else, by spec.loadBalancerIP', () => created(spec({ loadBalancerIP: X })), TAKEN],
    ['an IP of somebody else, by an edit', () => edited(requested(X)), TAKEN],
    ['its own IP, by an edit', () => edited(requested(Y)), [true, 'RequestFine']],
    [
      'an IP of somebody else, and of a family that the Service has not',
      () => edited(requested(`${X},2001:db8::7`)),
      [...TAKEN, 'holdfast: RequestUseless: IPv4 and IPv6 is requested, and the Service has IPv4'],
    ],
    [
      'an IP of somebody else, for another class',
      () => created(requested(X), spec({ loadBalancerClass: 'a/b' })),
      [true, 'NotGuarded'],
    ],
    [
      'an IP of somebody else, for a ClusterIP Service',
      () => created(requested(X), spec({ type: 'ClusterIP' })),
      [true, 'NotGuarded'],
    ],
    ['a pin, which is no request', () => created(pinned(X)), [true, 'RequestFine']],
    [
      'what MetalLB cannot read',
      () => created(requested('x')),
      [true, 'RequestInvalid', 'holdfast: RequestInvalid: MetalLB cannot read the request: "x" is not an IP'],
    ],
    [
      'a break-glass that means nothing',
      () => edited(annotations({ 'holdfast.dev/allow-move': X })),
      [
        true,
        'GlassVoid',
        'holdfast: GlassVoid: holdfast.dev/allow-move: until=2026-12-01T10:00Z (an expiry) is missing',
      ],
    ],
    [
      'a break-glass that counts',
      () => edited(annotations({ 'holdfast.dev/allow-move': `${Y} until=2026-12-01T10:00Z reason=x` })),
      [true, 'RequestFine'],
    ],
  ];

  for (const [name, review, expected] of rows) {
    test(`${name}: ${expected.slice(1, 2).join()}`, async () => assert.deepEqual(await told(review()), expected));
  }

  test('an IP that may be shared is fine', async () => {
    guard.stored(service('owner', ips(X), sharing('k', 80), version(101)));
    assert.deepEqual(await told(created(requested(X), sharing('k', 81))), [true, 'RequestFine']);
    assert.equal((await told(created(requested(X), sharing('k', 80))))[1], 'RequestTaken');
  });

  test('an IP that is only claimed is somebody else’s as well', async () => {
    await guard.claimed(claimOn('192.0.2.9', { holders: [claimHolder('web', { since: START })] }));
    assert.deepEqual(await told(created(requested('192.0.2.9'))), [
      true,
      'RequestTaken',
      'holdfast: RequestTaken of 192.0.2.9, held by default/web',
    ]);
  });

  test('an IP that waits for a name may be requested', async () => {
    await guard.claimed(claimOn('192.0.2.9', { holders: [claimHolder('old', { goneSince: START })] }));
    assert.deepEqual(await told(created(requested('192.0.2.9'))), [true, 'RequestFine']);
  });

  test('with --request-conflict deny it is refused, with what to do', async () => {
    guard = new Guarded({ requestConflict: 'deny' });
    guard.stored(service('owner', ips(X)));
    const { response } = await guard.validate(created(requested(X)));
    assert.equal(response.allowed, false);
    assert.equal(
      response.status?.message,
      `holdfast: [RequestTaken] ${X} is requested by Service default/new and held by default/owner (neither asks to ` +
        'share): it will not be given while that Service has it. Request another IP, or free this one first.',
    );
  });

  test('nothing is claimed or reserved by asking', async () => {
    await told(created(requested('192.0.2.9')));
    assert.deepEqual([guard.shared.store.calls, guard.state.ledger.serviceCount], [[], 2]);
  });

  test('every warning is at most 120 characters long', async () => {
    const { response } = await guard.validate(created(requested(`${'x'.repeat(200)}`)));
    assert.deepEqual(
      response.warnings?.map(({ length }) => length),
      [120],
    );
  });
});
