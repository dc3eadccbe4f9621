import type { Claim } from '../core/claims/claim.ts';
import type { Decision } from '../core/decision.ts';
import type { Pool } from '../core/metallb/pool.ts';
import type { IpAddress } from '../core/net/ip.ts';
import type { AbstainReason } from '../core/reasons.ts';
import type { ServiceRef } from '../core/service-ref.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { Hook } from '../review/admission-types.ts';
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

/** Reads one IPAddressPool live, past every cache. */
export interface PoolReader {
  /** @returns the pool as stored now, or `gone`. @throws when the API server cannot be asked */
  read(name: string): Promise<Pool | 'gone'>;
}

/** What a decision is about. */
export interface DecisionSubject {
  readonly kind: 'Service' | 'IPAddressPool' | 'Namespace';
  readonly object: ServiceRef;
  /** The IPs of the Service before, and as the write would make them (texts, also malformed ones). */
  readonly oldIps: readonly string[];
  readonly newIps: readonly string[];
}

/** One decision as logs, metrics and events want it. */
export interface DecisionRecord extends DecisionSubject {
  readonly hook: Hook;
  readonly decision: Decision;
  readonly mode: ServiceMode;
  readonly user: string;
  readonly actor: 'metallb' | 'other';
  readonly dryRun: boolean;
  /** A refusal was only told as a warning: users may do this. */
  readonly warnOnly: boolean;
  /** `request.uid` of the review. */
  readonly review: string;
  readonly micros: number;
}

/** Hears of every decision after it was made; must not throw and never decides. */
export interface DecisionSink {
  decided(record: DecisionRecord): void;
  /** A call that ended without a decision. */
  abstained(reason: AbstainReason, message: string): void;
}

/**
 * The claims as the API server stores them. Every method rejects when the API server cannot be asked; everything that
 * can happen between two replicas is an answer.
 */
export interface ClaimStore {
  /** Live, past every cache. */
  read(ip: IpAddress): Promise<Claim | undefined>;
  /**
   * Creating is the lock. @returns the stored claim, or `exists` when somebody was faster
   * @param withinMs how long it may take in all; default: the store's own
   */
  create(claim: Claim, withinMs?: number): Promise<Claim | 'exists'>;
  /** Replaces the version that was read. @returns the stored claim; `conflict` when it changed since; `gone` */
  update(claim: Claim, withinMs?: number): Promise<Claim | 'conflict' | 'gone'>;
  /** Deletes exactly this version of exactly this object. */
  remove(claim: Claim): Promise<'removed' | 'conflict' | 'gone'>;
}

/** Writes to Services on holdfast's own behalf. */
export interface ServiceWriter {
  /**
   * Sets annotations (null: removes them) on exactly this Service, by uid, and with `version` only if it is still that
   * one. A Service that is gone or has changed is no error.
   */
  annotate(ref: ServiceRef, annotations: Readonly<Record<string, string | null>>, version?: number): Promise<void>;
}

/** One Kubernetes Event, on the object that the operator will look at. */
export interface ObjectEvent {
  readonly kind: DecisionSubject['kind'];
  readonly object: ServiceRef;
  readonly type: 'Normal' | 'Warning';
  /** A reason code of docs/reasons.md. */
  readonly reason: string;
  readonly message: string;
}
