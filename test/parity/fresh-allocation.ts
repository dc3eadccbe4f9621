import { poolOf } from '../../src/core/metallb/pool.ts';
import { ipRequestOf } from '../../src/core/metallb/request.ts';
import { familyOf, without } from '../../src/core/net/ip.ts';
import type { ServiceView } from '../../src/core/service-view.ts';
import { choicesFor, type Instant } from './choices.ts';

/** MetalLB gave a Service an IP; `agrees` says whether our allocator could have. */
export interface Allocation {
  readonly service: string;
  readonly before: readonly string[];
  readonly given: readonly string[];
  readonly ours: readonly string[];
  readonly agrees: boolean;
}

/** Compares one status write with our allocator. @returns undefined when nothing was chosen (kept, released, requested) */
export function compareAllocation(
  before: readonly ServiceView['assigned'][number][],
  after: ServiceView,
  at: Instant,
): Allocation | undefined {
  const gained = without(after.assigned, before);
  if (gained.length === 0 || ipRequestOf(after).kind !== 'none') return undefined;
  const added = gained.length < after.assigned.length;
  const [kept] = without(after.assigned, gained);
  const home = kept && poolOf(at.pools, kept);
  const only = added && home !== undefined ? { families: gained.map(familyOf), pool: home.name } : undefined;
  const expected = (only && gained) ?? after.assigned;
  const choices = choicesFor(after, at, only);
  const text = (ips: readonly string[]) => ips.join(',');
  const ours = [...new Set(choices.map(({ ips }) => text(ips.toSorted())))];
  return {
    service: `${after.ref.namespace}/${after.ref.name}`,
    before,
    given: after.assigned,
    ours,
    agrees: ours.includes(text([...expected].sort())),
  };
}
