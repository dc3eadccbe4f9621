import type { Holding } from './ledger/ledger.ts';
import type { Pools } from './metallb/pool.ts';
import type { IpAddress } from './net/ip.ts';
import type { ServiceRef } from './service-ref.ts';
import type { ServiceView } from './service-view.ts';

/** A Service as it was. A type of its own, so that old and new cannot be swapped. */
export interface Before {
  readonly was: ServiceView;
}

/** A Service as the write would make it. */
export interface After {
  readonly becomes: ServiceView;
}

/** Which Services holdfast guards. */
export interface Scope {
  /** Values of `spec.loadBalancerClass` that are guarded besides "unset". */
  readonly classes: readonly string[];
  /**
   * `keep`: an IP stays although its pool no longer admits the namespace of the Service. Only where writes are repaired:
   * MetalLB takes such an IP away at every look, and refusing that would hold up everybody. Absent: `release`.
   */
  readonly excluded?: 'keep' | 'release';
}

/**
 * Everything that a decision about one status write may look at, gathered beforehand and never changed.
 * Spec and requests come from `before` only: on `/status` the API server ignores a changed spec, and a mutating hook
 * would see the client's (measured on Kubernetes 1.34 and 1.37).
 */
export interface Facts extends Before, After {
  /** The Services, other than this one, that hold an IP at stake, by status or by claim; the rightful one first. */
  readonly otherHolders: ReadonlyMap<IpAddress, readonly Holding[]>;
  /** The IPs at stake of which this very Service is the rightful holder. */
  readonly rightfulFor: readonly IpAddress[];
  readonly pools: Pools;
  readonly scope: Scope;
  /** Epoch ms. */
  readonly now: number;
}

/** What the plan of a repair looks at besides: who else wants the IPs at stake without having them. */
export interface RepairFacts extends Facts {
  /** The IPs at stake that wait for a Service of another name, which is gone. */
  readonly sticky: ReadonlyMap<IpAddress, ServiceRef>;
  /** The IPs at stake that the user of another Service requests, which waits for them and could have them. */
  readonly awaited?: ReadonlyMap<IpAddress, ServiceRef>;
  /** IPs that this Service has claimed and that are not in its status yet. */
  readonly claimed: readonly IpAddress[];
}
