import type { Family, IpAddress } from '../net/ip.ts';
import type { ServiceView } from '../service-view.ts';

/** What a Service without IPs is to get. {@link wantedFamilies} says which families. */
export interface Wish {
  readonly service: ServiceView;
  /** One family, or both with the primary one first. */
  readonly families: readonly Family[];
  /** Both families are wanted and one is enough (PreferDualStack, MetalLB 0.14.9+). */
  readonly preferDualStack: boolean;
  /** Only this pool, whether it has autoAssign or not: the `address-pool` request, or the pool that MetalLB chose. */
  readonly pool?: string;
  /** IPs not to offer, e.g. those that another replica turned out to have claimed. They stay free for others. */
  readonly avoid?: ReadonlySet<IpAddress>;
}

/** IPs of one pool, IPv4 before IPv6. */
export interface Choice {
  readonly pool: string;
  readonly ips: readonly IpAddress[];
}
