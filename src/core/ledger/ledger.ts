import { FewIndex } from '../few-index.ts';
import { CLAIM_ANNOTATION } from '../metallb/annotations.ts';
import { mayShare } from '../metallb/sharing.ts';
import type { Family, IpAddress } from '../net/ip.ts';
import { nameOf } from '../service-ref.ts';
import type { ServiceView } from '../service-view.ts';
import { type Entry, newEntry, Reservations } from './entry.ts';
import { RecentlyGone } from './recently-gone.ts';
import { Requested } from './requested.ts';

/** One Service that has an IP, as the rules see it. */
export interface Holding {
  readonly service: ServiceView;
  /**
   * `assigned`: in the status that was last seen. `reserved`: in a write that was allowed and not seen yet. `claimed`:
   * neither is seen here, but a claim says so.
   */
  readonly state: 'assigned' | 'reserved' | 'claimed';
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
  readonly #byIp = new FewIndex<IpAddress, string>();
  readonly #sharedIps = new Set<IpAddress>();
  readonly #byReview = new Map<string, string>();
  readonly #bySharingKey = new Map<string, Set<string>>();
  readonly #requested = new Requested();
  readonly #gone = new RecentlyGone();
  #changes = 0;
  #primaryFamily: Family | undefined;
  #isDualStack = false;
  #onFreed: (ip: IpAddress) => void = () => {};
  #onRemoved: (view: ServiceView) => void = () => {};
  #onReplaced: () => void = () => {};
  #onCreated: (review: string, view: ServiceView) => void = () => {};

  /** @param heard called with each IP that lost its last holder */
  whenFreed(heard: (ip: IpAddress) => void): void {
    this.#onFreed = heard;
  }

  /** @param heard called with the last view of each Service that is gone */
  whenRemoved(heard: (view: ServiceView) => void): void {
    this.#onRemoved = heard;
  }

  /** @param heard called after each complete list */
  whenReplaced(heard: () => void): void {
    this.#onReplaced = heard;
  }

  /** @param heard called with each Service that a review of holdfast's created, when it is first seen, and that review's uid */
  whenCreated(heard: (review: string, view: ServiceView) => void): void {
    this.#onCreated = heard;
  }

  /** The primary family of the cluster: that of the API server's own Service. Undefined until it was seen. */
  get primaryFamily(): Family | undefined {
    return this.#primaryFamily;
  }

  /** True once a Service with ClusterIPs of both families was seen: the cluster gives them. */
  get isDualStack(): boolean {
    return this.#isDualStack;
  }

  /** Grows with every change. */
  get changes(): number {
    return this.#changes;
  }

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
    const uids = this.#byIp.get(ip);
    if (uids.length === 0) return uids as readonly never[];
    const sharedLegally = this.#sharedIps.has(ip);
    const holders: Holding[] = [];
    for (const uid of uids) {
      const view = this.#byUid.get(uid)?.view;
      if (view === undefined) continue;
      holders.push({ service: view, state: view.assigned.includes(ip) ? 'assigned' : 'reserved', sharedLegally });
    }
    return holders;
  }

  /** Every IP with more than one holder, with its holders. */
  *contested(): Generator<readonly [IpAddress, readonly Holding[]]> {
    for (const [ip] of this.#byIp.several()) yield [ip, this.holdersOf(ip)];
  }

  /** Every IP that has a holder. */
  ips(): Iterable<IpAddress> {
    return this.#byIp.keys();
  }

  /** True when the IP is in a status, or reserved for one. */
  has(ip: IpAddress): boolean {
    return this.#byIp.has(ip);
  }

  /** The latest view of a Service, by uid; `gone` when it was seen to be; undefined when it was never seen. */
  find(uid: string): ServiceView | 'gone' | undefined {
    const entry = this.#byUid.get(uid);
    if (entry?.seen === true) return entry.view;
    return this.#gone.has(uid) ? 'gone' : undefined;
  }

  /** True when a Service that does not have `ip` requests it: nobody else is to be given it unasked. */
  isRequested(ip: IpAddress): boolean {
    return this.#requested.has(ip);
  }

  /** The Services that request `ip` and do not have it, the oldest first. */
  requestersOf(ip: IpAddress): readonly ServiceView[] {
    return [...this.#requested.uidsFor(ip)].flatMap((uid) => this.#byUid.get(uid)?.view ?? []).sort(byAge);
  }

  /** The Service that was created by the review of this uid, when holdfast pinned it there. */
  createdBy(reviewUid: string): ServiceView | undefined {
    return this.#byUid.get(this.#byReview.get(reviewUid) ?? '')?.view;
  }

  /** The IPs of all Services with this sharing key. */
  *sharedUnder(key: string): Generator<IpAddress> {
    for (const uid of this.#bySharingKey.get(key) ?? []) yield* this.#byUid.get(uid)?.indexed ?? [];
  }

  /** Every known Service. */
  *services(): Generator<ServiceView> {
    for (const entry of this.#byUid.values()) yield entry.view;
  }

  /** A complete list, taken at one moment: what is not in it is gone, unless an event newer than the list named it. */
  replaceAll(views: readonly ServiceView[], listVersion: number): void {
    const listed = new Set(views.map((view) => view.ref.uid));
    for (const [uid, entry] of this.#byUid) {
      if (!listed.has(uid) && !(entry.view.version > listVersion)) this.remove(uid);
    }
    for (const view of [...views].sort(byAge)) this.upsert(view);
    this.#onReplaced();
  }

  /** A Service as the API server has it. Ignored when something newer is already known, or that it is gone. */
  upsert(view: ServiceView): void {
    const uid = view.ref.uid;
    const entry = this.#byUid.get(uid);
    if (entry === undefined ? this.#gone.has(uid) : entry.view.version > view.version) return;
    this.#changes += 1;
    const reserved = entry?.reserved;
    reserved?.settle(view);
    this.#byUid.set(uid, newEntry(view, { reserved, seen: true }));
    if (nameOf(view.ref) === 'default/kubernetes') this.#primaryFamily = view.families[0];
    if (view.clusterIpFamilies?.length === 2) this.#isDualStack = true;
    this.#indexSharing(uid, entry?.view.sharing.key, view.sharing.key);
    for (const ip of this.#requested.put(view)) this.#onFreed(ip);
    const review = view.annotations[CLAIM_ANNOTATION];
    const isNew = review !== undefined && !this.#byReview.has(review);
    if (isNew) this.#byReview.set(review, uid);
    this.#index(uid, entry);
    if (isNew) this.#onCreated(review, view);
  }

  /** A Service that is gone, as a watch or a live read says. Its IPs are free at once. */
  remove(uid: string): void {
    this.#changes += 1;
    this.#gone.add(uid);
    this.#drop(uid);
  }

  /**
   * Notes that `view` was allowed to get `ips` by a write on top of `view.version`, before the write is seen.
   * @param expiresAt epoch ms after which the write cannot be stored any more (API server request timeout plus grace)
   */
  reserve(view: ServiceView, ips: readonly IpAddress[], expiresAt: number): void {
    const uid = view.ref.uid;
    if (this.#gone.has(uid)) return;
    this.#changes += 1;
    const entry = this.#byUid.get(uid) ?? newEntry(view, { seen: false });
    this.#byUid.set(uid, entry);
    entry.reserved ??= new Reservations();
    for (const ip of ips) entry.reserved.add(ip, { madeUpon: view.version, expiresAt });
    this.#index(uid, entry);
  }

  /** Takes reservations back whose IPs turned out to be somebody else's: no write was answered with them. */
  unreserve(uid: string, ips: readonly IpAddress[]): void {
    const entry = this.#byUid.get(uid);
    if (entry === undefined) return;
    for (const ip of ips) entry.reserved?.drop(ip);
    this.#settled(uid, entry);
  }

  /** Drops reservations whose write never came. @param now epoch ms */
  expire(now: number): void {
    for (const [uid, entry] of this.#byUid) {
      if (entry.reserved?.expire(now) === true) this.#settled(uid, entry);
    }
  }

  /** Reservations ended; a Service that nothing but a review knew of is forgotten with the last of them. */
  #settled(uid: string, entry: Entry): void {
    this.#changes += 1;
    if (entry.seen || (entry.reserved?.size ?? 0) > 0) this.#index(uid, entry);
    else this.#drop(uid);
  }

  #drop(uid: string): void {
    const entry = this.#byUid.get(uid);
    if (entry === undefined) return;
    this.#byUid.delete(uid);
    this.#indexSharing(uid, entry.view.sharing.key, '');
    for (const ip of this.#requested.drop(uid)) this.#onFreed(ip);
    const review = entry.view.annotations[CLAIM_ANNOTATION];
    if (review !== undefined && this.#byReview.get(review) === uid) this.#byReview.delete(review);
    for (const ip of entry.indexed ?? []) this.#forget(ip, uid);
    this.#onRemoved(entry.view);
  }

  /** Brings ip → uids in line with one Service's entry; keeps its place in an IP's order while it stays a holder. */
  #index(uid: string, previous: Entry | undefined): void {
    const entry = this.#byUid.get(uid);
    if (entry === undefined) return;
    const { view, reserved } = entry;
    const isReserved = reserved !== undefined && reserved.size > 0;
    const held = isReserved ? [...new Set([...view.assigned, ...reserved.ips()])] : view.assigned;
    for (const ip of previous?.indexed ?? []) if (!held.includes(ip)) this.#forget(ip, uid);
    for (const ip of held) this.#join(ip, uid);
    entry.indexed = held;
  }

  #indexSharing(uid: string, before: string | undefined, after: string): void {
    if (before === after) return;
    if (before) this.#bySharingKey.get(before)?.delete(uid);
    if (after === '') return;
    const uids = this.#bySharingKey.get(after);
    if (uids === undefined) this.#bySharingKey.set(after, new Set([uid]));
    else uids.add(uid);
  }

  #join(ip: IpAddress, uid: string): void {
    const others = this.#byIp.get(ip);
    if (others.includes(uid)) return;
    this.#byIp.add(ip, uid);
    if (others.length === 0) return;
    if (this.#allMayShare([...others, uid])) this.#sharedIps.add(ip);
    else this.#sharedIps.delete(ip);
  }

  #forget(ip: IpAddress, uid: string): void {
    this.#byIp.remove(ip, uid);
    const rest = this.#byIp.get(ip).length;
    if (rest < 2) this.#sharedIps.delete(ip);
    if (rest === 0) this.#onFreed(ip);
  }

  #allMayShare(uids: readonly string[]): boolean {
    const terms = uids.flatMap((uid) => this.#byUid.get(uid)?.view.sharing ?? []);
    return terms.every((one, i) => terms.slice(i + 1).every((other) => mayShare(one, other)));
  }
}

function byAge(one: ServiceView, other: ServiceView): number {
  return one.createdAt - other.createdAt || (one.ref.uid < other.ref.uid ? -1 : 1);
}
