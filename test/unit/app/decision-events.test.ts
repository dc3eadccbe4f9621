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
    warnOnly: false,
    review: 'r',
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
  glass: { annotation: 'allow-move', until: '2026-12-01T10:00Z', why: 'renumbering' },
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

test('a release names the IP and the reason', () => {
  const gone: Decision = {
    kind: 'allow',
    reason: 'PoolGone',
    effects: [{ kind: 'release', ip: X, because: 'PoolGone' }],
  };
  assert.partialDeepStrictEqual(eventOf(record(gone)), {
    type: 'Normal',
    reason: 'PoolGone',
    message: '192.0.2.7 is released. The IP lies in no pool, while at least one pool exists.',
  });
});

test('a release by break-glass is a Warning that says who, until when and why', () => {
  assert.partialDeepStrictEqual(eventOf(record(released)), {
    type: 'Warning',
    reason: 'Allowed',
    message:
      '192.0.2.7 is released. A holdfast.dev/allow-move annotation names this IP and has not expired. Open until ' +
      '2026-12-01T10:00Z, because: renumbering. Writer: alice.',
  });
});

test('a repair is told on the Service, one of a Service that does not exist yet is told later', () => {
  const repaired: Decision = {
    kind: 'repair',
    reason: 'Restored',
    final: [X],
    holder: undefined,
    effects: [],
    message: 'Service shop/web keeps it.',
  };
  assert.partialDeepStrictEqual(eventOf(record(repaired)), { type: 'Normal', reason: 'Restored' });
  assert.equal(eventOf(record(repaired, { object: { namespace: 'shop', name: 'web', uid: '' } })), undefined);
});

test('an opened pool guard is a Warning', () => {
  const glass = { annotation: 'allow-strand', until: '2026-12-01T10:00Z', why: 'renumbering' } as const;
  const opened: Decision = { kind: 'allow', reason: 'StrandAllowed', effects: [], glass };
  assert.partialDeepStrictEqual(eventOf(record(opened, { kind: 'IPAddressPool' })), {
    type: 'Warning',
    reason: 'StrandAllowed',
    message:
      'A holdfast.dev/allow-strand annotation on the pool has not expired. Open until 2026-12-01T10:00Z, because: ' +
      'renumbering. Writer: alice.',
  });
});

test('a dry run, a gain and an unchanged write tell nothing', () => {
  const gain: Decision = { kind: 'allow', reason: 'Assigned', effects: [{ kind: 'hold', ip: X }] };
  const unchanged: Decision = { kind: 'allow', reason: 'Unchanged', effects: [] };
  assert.deepEqual(
    [eventOf(record(refused, { dryRun: true })), eventOf(record(gain)), eventOf(record(unchanged))],
    [undefined, undefined, undefined],
  );
});
