import type { DecisionRecord } from '../../src/app/ports.ts';
import type { RefusalReason } from '../../src/core/reasons.ts';
import { ipOf } from './claim.ts';

/** A refused write of MetalLB's, which would give 192.0.2.7 of default/holder to `default/<name>`. */
export function recordOf(name: string, reason: RefusalReason, more: Partial<DecisionRecord> = {}): DecisionRecord {
  const holder = { namespace: 'default', name: 'holder', uid: 'uid-holder' };
  const violation = { reason, ip: ipOf('192.0.2.7'), holder, message: `refused: ${reason}` };
  return {
    kind: 'Service',
    object: { namespace: 'default', name, uid: `uid-${name}` },
    oldIps: [],
    newIps: ['192.0.2.7'],
    hook: 'validate',
    decision: { kind: 'refuse', violations: [violation] },
    mode: 'repair',
    user: 'alice@example.com',
    actor: 'other',
    dryRun: false,
    warnOnly: false,
    review: 'review',
    micros: 100,
    ...more,
  };
}
