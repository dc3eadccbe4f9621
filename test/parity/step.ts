import type { Pools } from '../../src/core/metallb/pool.ts';
import { nameOf } from '../../src/core/service-ref.ts';
import type { ServiceView } from '../../src/core/service-view.ts';
import type { LoggedDecision } from '../e2e/support/guard.ts';
import type { Allocation } from './fresh-allocation.ts';
import type { Outcome } from './perform.ts';

/** The cluster after one edit, when it was quiet. */
export interface Step {
  readonly outcome: Outcome;
  /** The Services of type LoadBalancer. */
  readonly services: readonly ServiceView[];
  readonly pools: Pools;
  readonly allocations: readonly Allocation[];
  /** What holdfast decided meanwhile, but for plain passes. */
  readonly decisions: readonly LoggedDecision[];
  readonly isQuiet: boolean;
}

/** The Service of this `namespace/name`, if it is a LoadBalancer. */
export function find({ services }: Pick<Step, 'services'>, name: string): ServiceView | undefined {
  return services.find(({ ref }) => nameOf(ref) === name);
}

/** Where a Service stands, in a word. */
export function standing(step: Step, name: string): string {
  const view = find(step, name);
  if (view === undefined) return 'no LoadBalancer';
  return view.assigned.length === 0 ? 'pending' : view.assigned.join();
}
