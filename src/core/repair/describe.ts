import type { Repaired } from '../decision.ts';
import type { RepairReason } from '../reasons.ts';
import { nameOf } from '../service-ref.ts';
import type { ServiceView } from '../service-view.ts';
import type { RepairPlan, RepairStep } from './plan.ts';

/** Puts a repair into words. */
export function describeRepair(was: ServiceView, { steps, final, effects, pin }: RepairPlan): Repaired {
  const redirect = steps.find((step) => step.kind === 'redirect');
  const told = steps.map((step) => describeStep(nameOf(was.ref), step));
  if (steps.length === 0 && pin.kind !== 'keep') told.push(`The pin of Service ${nameOf(was.ref)} follows its IPs.`);
  return { kind: 'repair', reason: reason(steps), final, holder: redirect?.holder, effects, message: told.join(' ') };
}

function reason(steps: readonly RepairStep[]): RepairReason {
  if (steps.some(({ kind }) => kind === 'redirect')) return 'Redirected';
  return steps.length > 0 ? 'Restored' : 'Unpinned';
}

function describeStep(service: string, step: RepairStep): string {
  if (step.kind === 'restore') return `Service ${service} keeps ${step.ip}: nothing asks for another IP.`;
  const why = step.holder === undefined ? 'was chosen' : `belongs to Service ${nameOf(step.holder)}`;
  const instead =
    step.holder === undefined ? ', which it has claimed before or which lies in the pool of its other IP' : '';
  return `${step.from} ${why}; Service ${service} gets ${step.to} instead${instead}.`;
}
