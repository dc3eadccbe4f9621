import type { IpAddress } from '../net/ip.ts';
import type { ServiceView } from '../service-view.ts';

/** What the ledger keeps for one Service. */
export interface Entry {
  readonly view: ServiceView;
  /** None until the first: hardly a Service of a quiet cluster has one. */
  reserved: Reservations | undefined;
  /** False while only a review names this Service: it may not exist. */
  readonly seen: boolean;
  /** The IPs under which the ledger has indexed this Service. */
  indexed: readonly IpAddress[] | undefined;
}

/** An entry whose IPs are not indexed yet. (All are made here: objects made alike are smaller, and faster to read.) */
export function newEntry(view: ServiceView, { reserved, seen }: Partial<Entry> & Pick<Entry, 'seen'>): Entry {
  return { view, reserved, seen, indexed: undefined };
}

interface Reservation {
  /** The version of the Service that was reviewed. */
  readonly madeUpon: number;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** The IPs a Service was allowed to get by writes that have not been seen yet. */
export class Reservations {
  readonly #made = new Map<IpAddress, Reservation>();

  get size(): number {
    return this.#made.size;
  }

  ips(): Iterable<IpAddress> {
    return this.#made.keys();
  }

  /** Adds or renews; the newer basis wins, so that a late review cannot shorten a reservation. */
  add(ip: IpAddress, reservation: Reservation): void {
    const known = this.#made.get(ip);
    if (known === undefined || known.madeUpon <= reservation.madeUpon) this.#made.set(ip, reservation);
  }

  drop(ip: IpAddress): void {
    this.#made.delete(ip);
  }

  /** The Service was seen: reservations that it fulfils, or that can no longer be stored, are over. */
  settle(view: ServiceView): void {
    for (const [ip, { madeUpon }] of this.#made) {
      if (view.version > madeUpon || view.assigned.includes(ip)) this.#made.delete(ip);
    }
  }

  /** Drops what expired. @returns whether anything was dropped */
  expire(now: number): boolean {
    const before = this.size;
    for (const [ip, { expiresAt }] of this.#made) if (expiresAt <= now) this.#made.delete(ip);
    return this.size < before;
  }
}
