import type { IpAddress } from '../net/ip.ts';
import type { Claim, ClaimHolder } from './claim.ts';

/**
 * The claims as they were last seen: by IP, by the uid of a holder, by the name of a holder, by sharing key. A cache: it suggests; the
 * API server decides. Nothing here is undone by an event older than what is known.
 */
export class ClaimBook {
  readonly #byIp = new Map<IpAddress, Claim>();
  readonly #byUid = new Map<string, Set<IpAddress>>();
  readonly #byName = new Map<string, Set<IpAddress>>();
  readonly #byKey = new Map<string, Set<IpAddress>>();
  #onDropped: (ip: IpAddress) => void = () => {};

  /** @param heard called with each IP whose claim ended */
  whenDropped(heard: (ip: IpAddress) => void): void {
    this.#onDropped = heard;
  }

  get size(): number {
    return this.#byIp.size;
  }

  /** How many claims wait for the Service that is being created with them. */
  get unboundCount(): number {
    return this.#byUid.get('')?.size ?? 0;
  }

  get(ip: IpAddress): Claim | undefined {
    return this.#byIp.get(ip);
  }

  all(): Iterable<Claim> {
    return this.#byIp.values();
  }

  /** Claims with a holder of this uid. */
  ofUid(uid: string): readonly Claim[] {
    return this.#claims(this.#byUid.get(uid));
  }

  /** Claims with a holder of this `namespace/name`, whatever its uid. */
  ofName(name: string): readonly Claim[] {
    return this.#claims(this.#byName.get(name));
  }

  /** The IPs that are claimed under this sharing key. */
  *sharedUnder(key: string): Generator<IpAddress> {
    yield* this.#byKey.get(key) ?? [];
  }

  /** A claim as the API server has it; ignored when a newer version is known. */
  put(claim: Claim): void {
    const known = this.#byIp.get(claim.ip);
    if (known !== undefined && known.version > claim.version) return;
    if (known !== undefined) this.#unindex(known);
    this.#byIp.set(claim.ip, claim);
    if (claim.sharingKey !== '') add(this.#byKey, claim.sharingKey, claim.ip);
    for (const { service } of claim.holders) {
      add(this.#byUid, service.uid, claim.ip);
      add(this.#byName, nameKey(service), claim.ip);
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
    this.#unindex(claim);
    this.#byIp.delete(claim.ip);
    this.#onDropped(claim.ip);
  }

  #unindex({ ip, holders, sharingKey }: Claim): void {
    forget(this.#byKey, sharingKey, ip);
    for (const { service } of holders) {
      forget(this.#byUid, service.uid, ip);
      forget(this.#byName, nameKey(service), ip);
    }
  }

  #claims(ips: ReadonlySet<IpAddress> | undefined): readonly Claim[] {
    return [...(ips ?? [])].flatMap((ip) => this.#byIp.get(ip) ?? []);
  }
}

function nameKey({ namespace, name }: ClaimHolder['service']): string {
  return `${namespace}/${name}`;
}

function add(index: Map<string, Set<IpAddress>>, key: string, ip: IpAddress): void {
  const known = index.get(key);
  if (known === undefined) index.set(key, new Set([ip]));
  else known.add(ip);
}

function forget(index: Map<string, Set<IpAddress>>, key: string, ip: IpAddress): void {
  const known = index.get(key);
  known?.delete(ip);
  if (known?.size === 0) index.delete(key);
}
