import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventOf } from '../../../src/app/decision-events.ts';
import type { DecisionRecord } from '../../../src/app/ports.ts';
import type { Decision } from '../../../src/core/decision.ts';
import type { IpAddress } from '../../../src/core/net/ip.ts';

const X = '192.0.2.7' as IpAddress;

function record(decision: Decision, more: Partial<DecisionRecord> = {}): DecisionRecord {
  return {
    hook: 'validate',
    decision,
    mode: 'enforce',
    kind: 'Service',
    object: { namespace: 'shop', name: 'web', uid: 'u' },
    oldIps: [],
    newIps: [],
    user: 'alice',
    actor: 'other',
    dryRun: false,
    micros: 1,
    ...more,
  };
}

const refused: Decision = {
  kind: 'refuse',
  violations: [{ reason: 'Move', ip: X, holder: undefined, message: 'It would move.' }],
};
const released: Decision = {
  kind: 'allow',
  reason: 'Allowed',
  effects: [{ kind: 'release', ip: X, because: 'Allowed' }],
};

test('a refusal is a Warning that names the writer', () => {
  assert.partialDeepStrictEqual(eventOf(record(refused)), {
    type: 'Warning',
    reason: 'Move',
    message: 'It would move. Writer: alice.',
  });
});

test('in audit it says that nothing was refused', () => {
  assert.match(
    eventOf(record(refused, { mode: 'audit' }))?.message ?? '',
    /^holdfast would refuse this \(audit\): It would/,
  );
});

test('a release, also by break-glass, names the IP and the reason', () => {
  assert.partialDeepStrictEqual(eventOf(record(released)), {
    type: 'Normal',
    reason: 'Allowed',
    message: '192.0.2.7 is released. A holdfast.dev/allow-move annotation names this IP and has not expired.',
  });
});

test('an opened pool guard is a Warning', () => {
  const opened: Decision = { kind: 'allow', reason: 'StrandAllowed', effects: [] };
  assert.equal(eventOf(record(opened, { kind: 'IPAddressPool' }))?.type, 'Warning');
});

test('a dry run, a gain and an unchanged write tell nothing', () => {
  const gain: Decision = { kind: 'allow', reason: 'Assigned', effects: [{ kind: 'hold', ip: X }] };
  const unchanged: Decision = { kind: 'allow', reason: 'Unchanged', effects: [] };
  assert.deepEqual(
    [eventOf(record(refused, { dryRun: true })), eventOf(record(gain)), eventOf(record(unchanged))],
    [undefined, undefined, undefined],
  );
});
