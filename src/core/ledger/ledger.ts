import { mayShare } from '../metallb/sharing.ts';
import type { IpAddress } from '../net/ip.ts';
import type { ServiceView } from '../service-view.ts';
import { type Entry, Reservations } from './entry.ts';

/** One Service that has an IP, as the rules see it. */
export interface Holding {
  readonly service: ServiceView;
  /** `assigned`: in the status that was last seen. `reserved`: in a write that was allowed and not seen yet. */
  readonly state: 'assigned' | 'reserved';
  /** True when, at the moment the second holder came, all holders of the IP were allowed to share it. */
  readonly sharedLegally: boolean;
}

/**
 * The allocator cache: ip → holders and service → ips, both O(1). It follows what the API server stores (`upsert`,
 * `remove`, `replaceAll`) and what holdfast has allowed meanwhile (`reserve`). Holders of one IP stand in the order in
 * which they got it, the rightful one first; Services of the first list stand in order of creation (adoption order).
 *
 * A late event never undoes a newer decision: an event at version V clears only reservations that were made upon an
 * older version, because a status write is stored only if the object still has the version that was reviewed
 * (otherwise the API server conflicts, or asks again).
 */
export class Ledger {
  readonly #byUid = new Map<string, Entry>();
  readonly #byIp = new Map<IpAddress, string[]>();
  readonly #sharedIps = new Set<IpAddress>();

  /** Number of Services known, of every type and class. */
  get serviceCount(): number {
    return this.#byUid.size;
  }

  /** Number of IPs that have at least one holder. */
  get ipCount(): number {
    return this.#byIp.size;
  }

  /** The holders of `ip`, the rightful one first. Empty when it is free. */
  holdersOf(ip: IpAddress): readonly Holding[] {
    const sharedLegally = this.#sharedIps.has(ip);
    return (this.#byIp.get(ip) ?? []).flatMap((uid) => {
      const entry = this.#byUid.get(uid);
      if (entry === undefined) return [];
      const state = entry.view.assigned.includes(ip) ? 'assigned' : 'reserved';
      return [{ service: entry.view, state, sharedLegally }];
    });
  }

  /** Every IP with more than one holder, with its holders. */
  *contested(): Generator<readonly [IpAddress, readonly Holding[]]> {
    for (const [ip, uids] of this.#byIp) if (uids.length > 1) yield [ip, this.holdersOf(ip)];
  }

  /** The latest view of a Service, by uid. */
  find(uid: string): ServiceView | undefined {
    return this.#byUid.get(uid)?.view;
  }

  /** Every known Service. */
  *services(): Generator<ServiceView> {
    for (const entry of this.#byUid.values()) yield entry.view;
  }

  /** A complete list, taken at one moment: what is not in it is gone, unless an event newer than the list named it. */
  replaceAll(views: readonly ServiceView[], listVersion: number): void {
    const listed = new Set(views.map((view) => view.ref.uid));
    for (const [uid, entry] of this.#byUid) {
      if (!listed.has(uid) && !(entry.view.version > listVersion)) this.#drop(uid);
    }
    for (const view of [...views].sort(byAge)) this.upsert(view);
  }

  /** A Service as the API server has it. Ignored when something newer is already known. */
  upsert(view: ServiceView): void {
    const uid = view.ref.uid;
    const entry = this.#byUid.get(uid);
    if (entry !== undefined && entry.view.version > view.version) return;
    const reserved = entry?.reserved ?? new Reservations();
    reserved.settle(view);
    this.#byUid.set(uid, { view, reserved });
    this.#index(uid, entry);
  }

  /** A Service that is gone, as a watch or a live read says. Its IPs are free at once. */
  remove(uid: string): void {
    this.#drop(uid);
  }

  /**
   * Notes that `view` was allowed to get `ips` by a write on top of `view.version`, before the write is seen.
   * @param expiresAt epoch ms after which the write cannot be stored any more (API server request timeout plus grace)
   */
  reserve(view: ServiceView, ips: readonly IpAddress[], expiresAt: number): void {
    const uid = view.ref.uid;
    if (!this.#byUid.has(uid)) this.#byUid.set(uid, { view, reserved: new Reservations() });
    const entry = this.#byUid.get(uid);
    if (entry === undefined) return;
    for (const ip of ips) entry.reserved.add(ip, { madeUpon: view.version, expiresAt });
    this.#index(uid, entry);
  }

  /** Drops reservations whose write never came. @param now epoch ms */
  expire(now: number): void {
    for (const [uid, entry] of this.#byUid) {
      if (entry.reserved.expire(now)) this.#index(uid, entry);
    }
  }

  #drop(uid: string): void {
    const entry = this.#byUid.get(uid);
    if (entry === undefined) return;
    this.#byUid.delete(uid);
    for (const ip of entry.indexed ?? []) this.#forget(ip, uid);
  }

  /** Brings ip → uids in line with one Service's entry; keeps its place in an IP's order while it stays a holder. */
  #index(uid: string, previous: Entry | undefined): void {
    const entry = this.#byUid.get(uid);
    if (entry === undefined) return;
    const held = [...new Set([...entry.view.assigned, ...entry.reserved.ips()])];
    for (const ip of previous?.indexed ?? []) if (!held.includes(ip)) this.#forget(ip, uid);
    for (const ip of held) this.#join(ip, uid);
    entry.indexed = held;
  }

  #join(ip: IpAddress, uid: string): void {
    const uids = this.#byIp.get(ip);
    if (uids === undefined) this.#byIp.set(ip, [uid]);
    else if (!uids.includes(uid)) {
      uids.push(uid);
      if (this.#allMayShare(uids)) this.#sharedIps.add(ip);
      else this.#sharedIps.delete(ip);
    }
  }

  #forget(ip: IpAddress, uid: string): void {
    const rest = (this.#byIp.get(ip) ?? []).filter((other) => other !== uid);
    if (rest.length === 0) this.#byIp.delete(ip);
    else this.#byIp.set(ip, rest);
    if (rest.length < 2) this.#sharedIps.delete(ip);
  }

  #allMayShare(uids: readonly string[]): boolean {
    const terms = uids.flatMap((uid) => this.#byUid.get(uid)?.view.sharing ?? []);
    return terms.every((one, i) => terms.slice(i + 1).every((other) => mayShare(one, other)));
  }
}

function byAge(one: ServiceView, other: ServiceView): number {
  return one.createdAt - other.createdAt || (one.ref.uid < other.ref.uid ? -1 : 1);
}
