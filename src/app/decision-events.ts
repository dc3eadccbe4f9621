import type { Effect } from '../core/decision.ts';
import { reasonOf } from '../core/decision.ts';
import { REASONS, type ReleaseReason } from '../core/reasons.ts';
import type { DecisionRecord, ObjectEvent } from './ports.ts';

/**
 * What the operator sees in `kubectl describe` of the object that a decision is about: every refusal, repair, release
 * and use of the break-glass. Gains and unchanged writes are everyday life and tell nothing.
 */
export function eventOf(record: DecisionRecord): ObjectEvent | undefined {
  const { decision, dryRun, kind, object, mode, user } = record;
  if (dryRun) return undefined;
  const about = { kind, object, reason: reasonOf(decision) };
  if (decision.kind === 'refuse') {
    const said = mode === 'audit' ? 'holdfast would refuse this (audit): ' : '';
    const { message } = decision.violations[0];
    return { ...about, type: 'Warning', message: `${said}${message} Writer: ${user}.` };
  }
  if (decision.kind === 'repair') return { ...about, type: 'Normal', message: decision.message };
  if (decision.reason === 'StrandAllowed') {
    return { ...about, type: 'Warning', message: `${REASONS.StrandAllowed.meaning} Writer: ${user}.` };
  }
  const releases = decision.effects.filter((effect) => effect.kind === 'release');
  return releases.length === 0 ? undefined : { ...about, type: 'Normal', message: releases.map(told).join(' ') };
}

function told({ ip, because }: Extract<Effect, { kind: 'release' }>): string {
  return `${ip} is released. ${REASONS[because satisfies ReleaseReason].meaning}`;
}
