import type { Outcome } from './play.ts';
import { EDIT_KINDS, FAULT_KINDS } from './schedule.ts';

type Played = Pick<Outcome, 'played'>;

function timesOf(kind: string, outcomes: readonly Played[]): number {
  return outcomes.flatMap(({ played }) => played).filter((one) => one === kind).length;
}

/** Kinds of faults and edits that no schedule has had: a fault that could not strike shows nothing. */
export function neverPlayed(outcomes: readonly Played[]): readonly string[] {
  return [...FAULT_KINDS, ...EDIT_KINDS].filter((kind) => timesOf(kind, outcomes) === 0);
}

/** How often each kind struck, or was taken by the cluster, in words. */
export function playedText(outcomes: readonly Played[]): string {
  const text = (kinds: readonly string[]) => kinds.map((kind) => `${kind} ${timesOf(kind, outcomes)}`).join(', ');
  return `faults: ${text(FAULT_KINDS)}\nedits: ${text(EDIT_KINDS)}`;
}
