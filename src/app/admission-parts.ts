import type { Scope } from '../core/facts.ts';
import type { PinPolicy } from '../core/repair/pin.ts';
import type { ClaimKeeper } from './claim-keeper.ts';
import type { ClusterState } from './cluster-state.ts';
import type { ServiceMode } from './mode.ts';
import type { Nudges } from './nudges.ts';
import type { ClaimStore, Clock, DecisionSink, ServiceReader } from './ports.ts';
import type { Readiness } from './readiness.ts';

/** What the use cases of admission work with. */
export interface AdmissionParts {
  readonly state: ClusterState;
  readonly readiness: Readiness;
  readonly reader: ServiceReader;
  readonly sink: DecisionSink;
  readonly clock: Clock;
  readonly mode: ServiceMode;
  readonly pin: PinPolicy;
  /** What a user hears who requests an IP of another Service. */
  readonly requestConflict: 'warn' | 'deny';
  readonly scope: Scope;
  /** User names whose writes count as MetalLB's. */
  readonly metallbUsers: readonly string[];
  /** Undefined: no claims are made (audit changes nothing in the cluster). */
  readonly store: ClaimStore | undefined;
  readonly keeper: ClaimKeeper | undefined;
  /** Undefined: nobody is woken up (a rehearsal has no MetalLB). */
  readonly nudges: Nudges | undefined;
}
