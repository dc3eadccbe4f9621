import type { Occupancy } from '../../../../src/core/allocator/allocator.ts';
import { mayShare } from '../../../../src/core/metallb/sharing.ts';
import { type IpAddress, parseIp } from '../../../../src/core/net/ip.ts';
import type { ServiceView } from '../../../../src/core/service-view.ts';

/** Who has which IP: the simplest occupancy there is. */
export class Holdings implements Occupancy {
  readonly #holders = new Map<IpAddress, readonly ServiceView[]>();

  isTaken(ip: IpAddress): boolean {
    return this.#holders.has(ip);
  }

  *sharedUnder(key: string): Generator<IpAddress> {
    for (const [ip, holders] of this.#holders) if (holders.some(({ sharing }) => sharing.key === key)) yield ip;
  }

  mayJoin(ip: IpAddress, service: ServiceView): boolean {
    return (this.#holders.get(ip) ?? []).every((holder) => mayShare(holder.sharing, service.sharing));
  }

  take(ip: IpAddress, service: ServiceView): void {
    this.#holders.set(ip, [...(this.#holders.get(ip) ?? []), service]);
  }

  free(ip: IpAddress): void {
    this.#holders.delete(ip);
  }

  ips(): readonly IpAddress[] {
    return [...this.#holders.keys()];
  }
}

/** A text that must be an IP. */
export function ip(text: string): IpAddress {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(`"${text}" in a test is not an IP`);
  return parsed;
}
