import type { Decision } from '../core/decision.ts';
import type { ServiceRef } from '../core/service-ref.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { ServiceMode } from './mode.ts';

/** Time, so that tests own it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Monotonic milliseconds with a fraction, for durations. */
  monotonic(): number;
}

/** Reads one Service live, past every cache. */
export interface ServiceReader {
  /** @returns the Service as stored now, or `gone`. @throws when the API server cannot be asked */
  read(ref: Pick<ServiceRef, 'namespace' | 'name'>): Promise<ServiceView | 'gone'>;
}

/** One decision as logs, metrics and events want it. */
export interface DecisionRecord {
  readonly decision: Decision;
  readonly mode: ServiceMode;
  readonly was: ServiceView;
  readonly becomes: ServiceView;
  readonly user: string;
  readonly actor: 'metallb' | 'other';
  readonly dryRun: boolean;
  readonly micros: number;
}

/** Hears of every decision after it was made; must not throw and never decides. */
export interface DecisionSink {
  decided(record: DecisionRecord): void;
  /** A call that ended without a decision. */
  abstained(reason: 'NotReady' | 'BadReview' | 'InternalError', message: string): void;
}
