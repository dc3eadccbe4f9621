import type { NamespaceLabels, Pool, Pools, ServiceAllocation } from '../metallb/pool.ts';
import { selectorMatches } from '../metallb/selector.ts';

/** The pools that MetalLB tries of itself; the later group only when the earlier one has nothing. */
export interface PoolOrder {
  /** With a serviceAllocation; which Services it admits is to be asked for each. By priority. */
  readonly dedicated: readonly Pool[];
  /** Without any serviceAllocation. */
  readonly open: readonly Pool[];
}

/**
 * Orders the pools as MetalLB's Allocate does (0.13.9–0.16.1): those with a serviceAllocation by priority, lower first
 * and 0 last, then those without. MetalLB breaks ties by chance; here the name does, so that replicas agree.
 */
export function poolOrder(pools: Pools): PoolOrder {
  if (pools.kind === 'unknown') return { dedicated: [], open: [] };
  const automatic = pools.pools.filter((pool) => pool.autoAssign).sort(byName);
  const rank = ({ allocation }: Pool): number => allocation?.priority || Number.POSITIVE_INFINITY;
  return {
    dedicated: automatic
      .filter(({ allocation }) => allocation !== undefined && isListed(allocation, pools.namespaces))
      .sort((one, other) => compare(rank(one), rank(other))),
    open: automatic.filter(({ allocation }) => allocation === undefined),
  };
}

/**
 * False for a pool whose selectors select no namespace at all: everybody may ask for it by name, but it is in none of
 * MetalLB's indexes (poolsByNamespace, poolsByServiceSelector), so nobody gets it otherwise. Without any condition it
 * counts as matching everything (0.15.0+; before, such a pool was never used of itself).
 */
function isListed(allocation: ServiceAllocation, namespaces: NamespaceLabels): boolean {
  const { namespaceSelectors, serviceSelectors } = allocation;
  if (allocation.namespaces.length > 0 || serviceSelectors.length > 0 || namespaceSelectors.length === 0) return true;
  return [...namespaces.values()].some((labels) => namespaceSelectors.some((s) => selectorMatches(s, labels)));
}

function byName(one: Pool, other: Pool): number {
  return compare(one.name, other.name);
}

/** Infinity equals itself here, which a subtraction would not see. */
function compare<T extends number | string>(one: T, other: T): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
