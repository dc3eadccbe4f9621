import type { IpAddress } from '../net/ip.ts';
import type { ServiceView } from '../service-view.ts';

/** What is taken at this moment, asked for single IPs. */
export interface Occupancy {
  isTaken(ip: IpAddress): boolean;
  /** IPs that Services with this sharing key hold now; whether one more fits is {@link mayJoin}'s to say. */
  sharedUnder(key: string): Iterable<IpAddress>;
  /** True when `service` may share `ip` with all of its present holders. */
  mayJoin(ip: IpAddress, service: ServiceView): boolean;
}
