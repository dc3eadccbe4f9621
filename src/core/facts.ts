import type { Holding } from './ledger/ledger.ts';
import type { Pools } from './metallb/pool.ts';
import type { IpAddress } from './net/ip.ts';
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
}

/**
 * Everything that a decision about one status write may look at, gathered beforehand and never changed.
 * Spec and requests come from `before` only: on `/status` the API server ignores a changed spec, and a mutating hook
 * would see the client's (kubernetes-facts, measured on 1.34 and 1.37).
 */
export interface Facts extends Before, After {
  /** The Services, other than this one, that hold an IP at stake; the rightful one first. */
  readonly otherHolders: ReadonlyMap<IpAddress, readonly Holding[]>;
  /** The IPs of which this very Service is the first, the rightful, holder in the ledger. */
  readonly firstHolderOf: readonly IpAddress[];
  readonly pools: Pools;
  readonly scope: Scope;
  /** Epoch ms. */
  readonly now: number;
}
