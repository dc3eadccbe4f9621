import { FewIndex } from '../few-index.ts';
import type { IpAddress } from '../net/ip.ts';
import type { ServiceRef } from '../service-ref.ts';
import type { ServiceView } from '../service-view.ts';
import type { Claim, ClaimHolder } from './claim.ts';
import { NameIndex } from './name-index.ts';

/**
 * The claims as they were last seen: by IP, by the uid of a holder, by the name of a holder, by sharing key. A cache: it suggests; the
 * API server decides. Nothing here is undone by an event older than what is known.
 */
export class ClaimBook {
  readonly #byIp = new Map<IpAddress, Claim>();
  readonly #byUid = new FewIndex<string, IpAddress>();
  readonly #byName = new NameIndex();
  readonly #byKey = new FewIndex<string, IpAddress>();
  #changes = 0;
  #viewOf: (uid: string) => ServiceView | undefined = () => undefined;
  #onDropped: (ip: IpAddress) => void = () => {};

  /** @param heard called with each IP whose claim ended */
  whenDropped(heard: (ip: IpAddress) => void): void {
    this.#onDropped = heard;
  }

  /**
   * Claims and views of Services say the same uids, names and IPs; kept once they are half as large.
   * @param viewOf the view of a Service that is kept anyway
   */
  shareWith(viewOf: (uid: string) => ServiceView | undefined): void {
    this.#viewOf = viewOf;
    const claims = [...this.#byIp.values()];
    for (const index of [this.#byIp, this.#byUid, this.#byName, this.#byKey]) index.clear();
    for (const claim of claims) this.#keep(shared(claim, viewOf));
  }

  /** Grows with every change. */
  get changes(): number {
    return this.#changes;
  }

  get size(): number {
    return this.#byIp.size;
  }

  get(ip: IpAddress): Claim | undefined {
    return this.#byIp.get(ip);
  }

  all(): Iterable<Claim> {
    return this.#byIp.values();
  }

  /** Claims with a holder of this uid; of `''`: those made at CREATE and not bound yet. */
  ofUid(uid: string): readonly Claim[] {
    return this.#claims(this.#byUid.get(uid));
  }

  /** Claims with a holder of this `namespace/name`, whatever its uid. */
  ofName(name: string): readonly Claim[] {
    return this.#claims(this.#byName.get(name));
  }

  /** The IPs that are claimed under this sharing key. */
  *sharedUnder(key: string): Generator<IpAddress> {
    yield* this.#byKey.get(key);
  }

  /** A claim as the API server has it; ignored when a newer version is known. */
  put(claim: Claim): void {
    const known = this.#byIp.get(claim.ip);
    if (known !== undefined && known.version > claim.version) return;
    if (known !== undefined) this.#unindex(known);
    const fresh = shared(claim, this.#viewOf);
    this.#keep(known === undefined ? fresh : withKnownHolders(fresh, known));
  }

  #keep(claim: Claim): void {
    this.#changes += 1;
    this.#byIp.set(claim.ip, claim);
    if (claim.sharingKey !== '') this.#byKey.add(claim.sharingKey, claim.ip);
    for (const { service } of claim.holders) {
      this.#byUid.add(service.uid, claim.ip);
      this.#byName.add(service, claim.ip);
    }
  }

  /** A claim that is gone; ignored when another object, or a newer version, is known. */
  drop(ip: IpAddress, uid: string, version: number): void {
    const known = this.#byIp.get(ip);
    if (known === undefined || known.uid !== uid || known.version > version) return;
    this.#remove(known);
  }

  /** A live read found none where `claim` was known; what came meanwhile stays. */
  missing(claim: Claim): void {
    if (this.#byIp.get(claim.ip) === claim) this.#remove(claim);
  }

  /** A complete list: what is not in it and not newer is gone. */
  replaceAll(claims: readonly Claim[], listVersion: number): void {
    const listed = new Set(claims.map(({ ip }) => ip));
    for (const known of this.#byIp.values()) {
      if (!listed.has(known.ip) && !(known.version > listVersion)) this.#remove(known);
    }
    for (const claim of claims) this.put(claim);
  }

  #remove(claim: Claim): void {
    this.#changes += 1;
    this.#unindex(claim);
    this.#byIp.delete(claim.ip);
    this.#onDropped(claim.ip);
  }

  #unindex({ ip, holders, sharingKey }: Claim): void {
    this.#byKey.remove(sharingKey, ip);
    for (const { service } of holders) {
      this.#byUid.remove(service.uid, ip);
      this.#byName.remove(service, ip);
    }
  }

  #claims(ips: readonly IpAddress[]): readonly Claim[] {
    return ips.flatMap((ip) => this.#byIp.get(ip) ?? []);
  }
}

/** The same claim, in the words that the view of its Service keeps already; the claim itself when there is none. */
function shared(claim: Claim, viewOf: (uid: string) => ServiceView | undefined): Claim {
  const [first, ...others] = claim.holders;
  const view = first === undefined ? undefined : viewOf(first.service.uid);
  if (first === undefined || view === undefined || !isSame(first.service, view.ref)) return claim;
  const ip = view.assigned.find((assigned) => assigned === claim.ip) ?? claim.ip;
  const holder: ClaimHolder = { ...first, service: view.ref };
  return { ...claim, ip, holders: others.length === 0 ? [holder] : [holder, ...others] };
}

/** The same claim; a holder of which nothing has changed is the same object as before. */
function withKnownHolders(claim: Claim, { holders: known }: Claim): Claim {
  const holders = claim.holders.map((holder) => known.find((one) => isSameHolder(one, holder)) ?? holder);
  return holders.some((holder) => known.includes(holder)) ? { ...claim, holders } : claim;
}

function isSameHolder(one: ClaimHolder, other: ClaimHolder): boolean {
  return (
    isSame(one.service, other.service) &&
    one.reviewUid === other.reviewUid &&
    one.basis === other.basis &&
    one.since === other.since &&
    one.goneSince === other.goneSince
  );
}

function isSame(one: ServiceRef, other: ServiceRef): boolean {
  return one.uid === other.uid && one.name === other.name && one.namespace === other.namespace;
}
