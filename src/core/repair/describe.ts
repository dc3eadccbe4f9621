import type { Repaired } from '../decision.ts';
import type { RepairReason } from '../reasons.ts';
import { nameOf } from '../service-ref.ts';
import type { ServiceView } from '../service-view.ts';
import type { RepairPlan, RepairStep } from './plan.ts';
import type { Unmet } from './unmet.ts';

const WISHES: Readonly<Record<Unmet, string>> = {
  ips: 'the requested IPs cannot be had',
  pool: 'the requested pool has none for it',
  families: 'its pool has no IP of the other family',
};

/** Puts a repair into words. @param unmet what the user asks for in vain */
export function describeRepair(was: ServiceView, plan: RepairPlan, unmet?: Unmet): Repaired {
  const { steps, final, effects, pin } = plan;
  const redirect = steps.find((step) => step.kind === 'redirect');
  const told = steps.map((step) => describeStep(nameOf(was.ref), step, unmet));
  if (steps.length === 0 && pin.kind !== 'keep') told.push(`The pin of Service ${nameOf(was.ref)} follows its IPs.`);
  return {
    kind: 'repair',
    reason: reason(steps, unmet),
    final,
    holder: redirect?.holder,
    effects,
    message: told.join(' '),
  };
}

function reason(steps: readonly RepairStep[], unmet: Unmet | undefined): RepairReason {
  if (steps.some(({ kind }) => kind === 'redirect')) return 'Redirected';
  if (steps.length === 0) return 'Unpinned';
  if (steps.every(({ kind }) => kind === 'leave-out')) return 'LeftOut';
  return unmet === undefined ? 'Restored' : 'RequestUnmet';
}

function describeStep(service: string, step: RepairStep, unmet: Unmet | undefined): string {
  if (step.kind === 'leave-out')
    return `Service ${service} does not get ${step.ip}, and there is no other: it belongs to somebody else, or lies in another pool than the IP that stays.`;
  if (step.kind === 'restore')
    return `Service ${service} keeps ${step.ip}: ${unmet === undefined ? 'nothing asks for another IP' : WISHES[unmet]}.`;
  const verb = step.requested ? 'is requested by' : 'belongs to';
  const why = step.holder === undefined ? 'was chosen' : `${verb} Service ${nameOf(step.holder)}`;
  const instead =
    step.holder === undefined ? ', which it has claimed before or which lies in the pool of its other IP' : '';
  return `${step.from} ${why}; Service ${service} gets ${step.to} instead${instead}.`;
}
