import { nameOf } from '../../src/core/service-ref.ts';
import { type Because, ownReason, type Pair } from './explain.ts';
import { find, type Step, standing } from './step.ts';

/** A Service that stands differently with and without the guard. No reason: nothing documented explains it. */
export interface Difference {
  readonly edit: number;
  readonly service: string;
  readonly reason: Because | undefined;
  readonly unguarded: string;
  readonly guarded: string;
}

/** All Services that have other IPs with the guard than without it after this edit. */
export function differencesOf(pair: Pair): readonly Difference[] {
  const names = new Set([...pair.alone.services, ...pair.guarded.services].map(({ ref }) => nameOf(ref)));
  const reasons = new Map<string, Because | undefined>();
  for (const name of names) {
    if (standing(pair.alone, name) !== standing(pair.guarded, name)) reasons.set(name, ownReason(pair, name));
  }
  // Dominoes fall until none is left.
  for (let fell = true; fell; ) {
    const falling = [...reasons].filter(([name, reason]) => reason === undefined && isPushed(pair, name, reasons));
    for (const [name] of falling) reasons.set(name, 'Domino');
    fell = falling.length > 0;
  }
  return [...reasons].map(([service, reason]) => ({
    edit: pair.number,
    service,
    reason,
    unguarded: standing(pair.alone, service),
    guarded: standing(pair.guarded, service),
  }));
}

/**
 * True when the plays may go on being compared: nobody stands differently, or only Services that ask in vain, which keep
 * their IPs beside the guard and wait without it.
 */
export function staysInStep(differences: readonly Difference[]): boolean {
  return differences.every(({ reason, unguarded }) => reason === 'RequestUnmet' && unguarded === 'pending');
}

/** An IP that this Service has in one play belongs in the other one to a Service that differs for a reason. */
function isPushed({ alone, guarded }: Pair, name: string, reasons: ReadonlyMap<string, Because | undefined>): boolean {
  const hasReason = (step: Step, ips: readonly string[]) =>
    step.services.some(
      ({ ref, assigned }) =>
        nameOf(ref) !== name && reasons.get(nameOf(ref)) !== undefined && assigned.some((ip) => ips.includes(ip)),
    );
  return hasReason(guarded, find(alone, name)?.assigned ?? []) || hasReason(alone, find(guarded, name)?.assigned ?? []);
}
