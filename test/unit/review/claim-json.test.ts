import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Claim } from '../../../src/core/claims/claim.ts';
import { claimFromJson, claimToJson } from '../../../src/review/claim-json.ts';
import { claimName } from '../../../src/review/claim-name.ts';
import { claimState, holderText } from '../../../src/review/claim-text.ts';
import type { JsonObject } from '../../../src/review/json.ts';
import { claimHolder, claimOn, ipOf } from '../../gen/claim.ts';

const FULL: Claim = claimOn('2001:db8::1', {
  holders: [
    claimHolder('web', { reviewUid: 'review-1', goneSince: Date.parse('2026-01-02T00:00:00Z') }),
    claimHolder('', { service: { namespace: 'shop', name: '', uid: '' }, basis: 0 }),
  ],
  sharingKey: 'key',
  history: [{ service: { namespace: 'a', name: 'b', uid: 'c' }, from: 1_000, to: 2_000, because: 'TypeChanged' }],
  version: 42,
  uid: 'uid-of-claim',
});

/** The JSON of an intact claim with one part of its spec replaced. */
function damaged(spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  const json = claimToJson(claimOn('192.0.2.1'));
  return {
    ...json,
    metadata: { ...(json.metadata as object), ...metadata },
    spec: { ...(json.spec as object), ...spec },
  };
}

test('a claim comes back from its JSON as it was', () => {
  assert.deepEqual(claimFromJson(structuredClone(claimToJson(FULL))), FULL);
});

test('the JSON says what kubectl prints, with times in RFC 3339 to the millisecond', () => {
  assert.deepEqual(claimToJson(claimOn('192.0.2.1')), {
    apiVersion: 'holdfast.dev/v1alpha1',
    kind: 'IPClaim',
    metadata: { name: '192.0.2.1' },
    spec: {
      ip: '192.0.2.1',
      family: 'IPv4',
      holder: 'default/web',
      state: 'Held',
      sharingKey: '',
      holders: [
        {
          namespace: 'default',
          name: 'web',
          uid: 'uid-web',
          reviewUID: '',
          serviceVersion: '100',
          since: '2026-01-01T00:00:00.123Z',
        },
      ],
      history: [],
    },
  });
});

test('names: IPv4 as it is, IPv6 in full', () => {
  assert.equal(claimName(ipOf('192.0.2.1')), '192.0.2.1');
  assert.equal(claimName(ipOf('2001:db8::1')), '2001-0db8-0000-0000-0000-0000-0000-0001');
  assert.equal(claimName(ipOf('::')), '0000-0000-0000-0000-0000-0000-0000-0000');
  assert.equal(claimName(ipOf('::ffff:192.0.2.1')), '192.0.2.1');
});

const holder = { namespace: 'default', name: 'web', uid: 'u', since: '2026-01-01T00:00:00Z' };
const DAMAGED: readonly (readonly [string, unknown])[] = [
  ['nothing', undefined],
  ['null', null],
  ['a list', []],
  ['an empty object', {}],
  ['no IP', damaged({ ip: undefined })],
  ['a bad IP', damaged({ ip: '192.0.2.01' })],
  ['the name of another IP', damaged({}, { name: '192.0.2.2' })],
  ['holders that are no list', damaged({ holders: 'web' })],
  ['no holder', damaged({ holders: [] })],
  ['one holder that is no object beside a good one', damaged({ holders: [holder, 'web'] })],
  ['a holder without namespace', damaged({ holders: [{ ...holder, namespace: '' }] })],
  ['a holder without time', damaged({ holders: [{ ...holder, since: 'yesterday' }] })],
  ['a holder that is gone since no time', damaged({ holders: [{ ...holder, goneSince: 'x' }] })],
  ['a version that is no number', damaged({ holders: [{ ...holder, serviceVersion: '0x1' }] })],
];

for (const [what, raw] of DAMAGED) {
  test(`damaged: ${what}`, () => assert.equal(claimFromJson(raw), undefined));
}

test('what a person may leave out has a meaning, and a bad past does not hide the present', () => {
  const read = claimFromJson(damaged({ holders: [holder], sharingKey: undefined, history: [{ namespace: 'a' }, 7] }));
  assert.deepEqual(read?.history, []);
  assert.equal(read?.sharingKey, '');
  assert.deepEqual(read?.holders, [
    {
      service: { namespace: 'default', name: 'web', uid: 'u' },
      reviewUid: '',
      basis: 0,
      since: Date.parse(holder.since),
      goneSince: undefined,
    },
  ]);
});

test('the state is sticky when all are gone, reserved while one is being created, shared or held otherwise', () => {
  const gone = claimHolder('a', { goneSince: 1 });
  const coming = claimHolder('b', { service: { namespace: 'default', name: 'b', uid: '' } });
  const there = claimHolder('c');
  assert.equal(claimState([there]), 'Held');
  assert.equal(claimState([there, gone]), 'Shared');
  assert.equal(claimState([gone, gone]), 'Sticky');
  assert.equal(claimState([there, coming]), 'Reserved');
});

test('the text of the holders is bounded: the first in full, then what fits, then how many more', () => {
  const many = Array.from({ length: 12 }, (_, index) => claimHolder(`svc-${index}`));
  assert.equal(holderText(many.slice(0, 2)), 'default/svc-0, default/svc-1');
  assert.equal(holderText(many), 'default/svc-0, default/svc-1 +10');
  const long = claimHolder('x'.repeat(63));
  assert.equal(holderText([long, claimHolder('a')]), `default/${'x'.repeat(63)} +1`);
  assert.equal(holderText([claimHolder('', { service: { namespace: 'shop', name: '', uid: '' } })]), 'shop/?');
});
