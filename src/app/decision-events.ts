import { type Allowed, type Effect, reasonOf } from '../core/decision.ts';
import { REASONS, type ReleaseReason } from '../core/reasons.ts';
import type { DecisionRecord, ObjectEvent } from './ports.ts';

/**
 * What the operator sees in `kubectl describe` of the object that a decision is about: every refusal, repair, release
 * and use of the break-glass. Gains and unchanged writes are everyday life and tell nothing.
 */
export function eventOf(record: DecisionRecord): ObjectEvent | undefined {
  const { decision, dryRun, kind, object, mode, user } = record;
  // A Service that is only being created has no uid, so that nobody would find the event: BirthEvents tell it later.
  if (dryRun || (kind === 'Service' && object.uid === '')) return undefined;
  const about = { kind, object, reason: reasonOf(decision) };
  if (decision.kind === 'refuse') {
    const said = mode === 'audit' ? 'holdfast would refuse this (audit): ' : '';
    const { message } = decision.violations[0];
    return { ...about, type: 'Warning', message: `${said}${message} Writer: ${user}.` };
  }
  if (decision.kind === 'repair') return { ...about, type: 'Normal', message: decision.message };
  const releases = decision.effects.filter((effect) => effect.kind === 'release').map(told);
  if (decision.glass !== undefined) return brokenGlass(record, decision, releases);
  return releases.length === 0 ? undefined : { ...about, type: 'Normal', message: releases.join(' ') };
}

/** Who broke the glass, until when it is open, and why: the one event that an operator must not miss. */
function brokenGlass(
  { kind, object, user }: DecisionRecord,
  { glass }: Allowed,
  releases: readonly string[],
): ObjectEvent {
  const reason = glass?.annotation === 'allow-strand' ? 'StrandAllowed' : 'Allowed';
  const what = releases.length === 0 ? REASONS[reason].meaning : releases.join(' ');
  const message = `${what} Open until ${glass?.until}, because: ${glass?.why}. Writer: ${user}.`;
  return { kind, object, reason, type: 'Warning', message };
}

function told({ ip, because }: Extract<Effect, { kind: 'release' }>): string {
  return `${ip} is released. ${REASONS[because satisfies ReleaseReason].meaning}`;
}
