import { REASONS } from '../core/reasons.ts';

/** The labels of the decisions that an operator waits for: the refusals and repairs of this mode. */
export function expectedDecisions(mode: 'audit' | 'enforce' | 'repair') {
  const verdict = mode === 'audit' ? 'wouldDeny' : 'deny';
  const refusals = reasonsOf('refusal').map((reason) => ({ hook: 'validate', verdict, reason, mode }));
  if (mode !== 'repair') return refusals;
  return [...refusals, ...reasonsOf('repair').map((reason) => ({ hook: 'mutate', verdict: 'patch', reason, mode }))];
}

function reasonsOf(kind: 'refusal' | 'repair'): readonly string[] {
  return Object.entries(REASONS).flatMap(([reason, text]) => (text.kind === kind ? [reason] : []));
}
