import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeRepair } from '../../../../src/core/repair/describe.ts';
import type { RepairPlan } from '../../../../src/core/repair/plan.ts';
import { ipOf } from '../../../gen/claim.ts';
import { view } from '../../../gen/service.ts';

const [A, B, B6] = [ipOf('192.0.2.1'), ipOf('192.0.2.2'), ipOf('2001:db8::2')];
const holder = { namespace: 'shop', name: 'owner', uid: 'uid-owner' };

function told(plan: Partial<RepairPlan>) {
  const {
    reason,
    message,
    holder: named,
  } = describeRepair(view('web'), {
    steps: [],
    final: [B],
    pin: { kind: 'keep' },
    quiet: false,
    effects: [],
    ...plan,
  });
  return { reason, message, holder: named?.name };
}

test('a redirect names the IP, its holder and what the Service gets', () => {
  assert.deepEqual(told({ steps: [{ kind: 'redirect', from: A, to: B, holder }] }), {
    reason: 'Redirected',
    message: '192.0.2.1 belongs to Service shop/owner; Service default/web gets 192.0.2.2 instead.',
    holder: 'owner',
  });
});

test('a redirect to what the Service has claimed before blames nobody', () => {
  assert.deepEqual(told({ steps: [{ kind: 'redirect', from: A, to: B, holder: undefined }] }), {
    reason: 'Redirected',
    message:
      '192.0.2.1 was chosen; Service default/web gets 192.0.2.2 instead, which it has claimed before or which lies in the pool of its other IP.',
    holder: undefined,
  });
});

test('a restore says what stays', () => {
  assert.deepEqual(told({ steps: [{ kind: 'restore', ip: A }] }), {
    reason: 'Restored',
    message: 'Service default/web keeps 192.0.2.1: nothing asks for another IP.',
    holder: undefined,
  });
});

test('what is left out alone is called so, and beside a restore it is a restore', () => {
  assert.equal(told({ steps: [{ kind: 'leave-out', ip: B6 }] }).reason, 'LeftOut');
  assert.equal(
    told({
      steps: [
        { kind: 'restore', ip: A },
        { kind: 'leave-out', ip: B6 },
      ],
    }).reason,
    'Restored',
  );
});

test('both at once are told both, and are called a redirect', () => {
  const {
    reason,
    message,
    holder: named,
  } = told({
    steps: [
      { kind: 'restore', ip: A },
      { kind: 'redirect', from: B6, to: B6, holder },
    ],
  });
  assert.deepEqual([reason, named], ['Redirected', 'owner']);
  assert.match(message, /keeps 192\.0\.2\.1.*belongs to Service shop\/owner/);
});

test('a pin alone that follows its IPs', () => {
  assert.deepEqual(told({ pin: { kind: 'remove' } }), {
    reason: 'Unpinned',
    message: 'The pin of Service default/web follows its IPs.',
    holder: undefined,
  });
});
