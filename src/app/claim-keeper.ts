import { holderFor, joined, newClaim } from '../core/claims/changes.ts';
import type { Claim, ClaimHolder } from '../core/claims/claim.ts';
import { isHolder, type Judged, type Ownership } from '../core/claims/ownership.ts';
import { mayShare } from '../core/metallb/sharing.ts';
import { familyOf, type IpAddress } from '../core/net/ip.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { PoolCheck } from './pool-check.ts';
import type { ClaimStore, Clock, ServiceReader } from './ports.ts';

/** What a {@link ClaimKeeper} works with. */
export interface KeeperParts {
  readonly ownership: Ownership;
  readonly store: ClaimStore;
  readonly reader: ServiceReader;
  readonly clock: Clock;
  /** Undefined: the pools are as the cache has them (a rehearsal has no cluster). */
  readonly pools?: PoolCheck | undefined;
}

/** Who wants an IP. */
export interface Claimant {
  readonly service: ServiceView;
  /** How the claim names the Service; at CREATE there is no uid yet. */
  readonly holder: ClaimHolder;
  /** True when it may take an IP that only waits for the name of a Service that is gone. */
  readonly overSticky: boolean;
  /** Monotonic ms by when the answer has to be there; undefined: the store's own limits are enough. */
  readonly until?: number | undefined;
}

/** How often one claim is tried before the answer is "taken": each time another replica has changed it meanwhile. */
const ATTEMPTS = 6;

/**
 * Takes claims. Creating one is the lock: the cache only suggests, the API server decides. An IP whose claim names
 * somebody else is given only after that Service was read live and found not to have it, nor to be about to.
 */
export class ClaimKeeper {
  readonly #parts: KeeperParts;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** The claimant that a Service is upon a review of its present version. */
  claimant(service: ServiceView, overSticky: boolean, until?: number): Claimant {
    return { service, holder: holderFor(service, this.#parts.clock.now()), overSticky, until };
  }

  /**
   * Makes `claimant` a holder of `ip`.
   * @returns `taken` when somebody else holds it, and what was found is in the caches now
   * @throws when the API server cannot be asked
   */
  async hold(ip: IpAddress, claimant: Claimant): Promise<'held' | 'taken'> {
    const { ownership } = this.#parts;
    if (this.#isFresh(ownership.book.get(ip), claimant)) return 'held';
    if (!(await this.#mayHaveAnother(ip, claimant))) return 'taken';
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const known = attempt === 0 ? ownership.book.get(ip) : await this.#readLive(ip);
      const outcome = known === undefined ? await this.#create(ip, claimant) : await this.#join(known, claimant);
      if (outcome === 'held' || outcome === 'taken') return outcome;
    }
    return 'taken';
  }

  /**
   * {@link hold} of an IP that holdfast has chosen itself, out of what it knows of the pools: its pool is read live meanwhile.
   * @returns `taken` also when the pool does not give it any more
   */
  async choose(ip: IpAddress, claimant: Claimant): Promise<'held' | 'taken'> {
    const { pools } = this.#parts;
    const [outcome, isGiven] = await Promise.all([this.hold(ip, claimant), pools?.stillGives(ip, claimant.service)]);
    if (outcome === 'taken' || isGiven !== false) return outcome;
    await this.letGo(ip, claimant);
    return 'taken';
  }

  /** Gives back a claim that this claimant has just taken alone; what cannot be given back ends with the grace. */
  async letGo(ip: IpAddress, { holder }: Claimant): Promise<void> {
    const { ownership, store } = this.#parts;
    const claim = ownership.book.get(ip);
    const [only, ...others] = claim?.holders ?? [];
    if (claim === undefined || only?.reviewUid !== holder.reviewUid || others.length > 0) return;
    const outcome = await store.remove(claim).catch(() => 'conflict' as const);
    if (outcome !== 'conflict') ownership.book.missing(claim);
  }

  /**
   * True when the cached claim was given to this Service upon this very version: no replica may have given it away,
   * because a live read finds either this version (pending) or the IP (held). Clocks of replicas differ by less than half
   * the grace, or the claim is taken anew.
   */
  #isFresh(claim: Claim | undefined, { service, holder }: Claimant): boolean {
    const mine = claim?.holders.find((one) => isHolder(one, service));
    if (mine === undefined || mine.goneSince !== undefined || holder.service.uid === '') return false;
    const { terms } = this.#parts.ownership;
    const age = this.#parts.clock.now() - mine.since;
    return mine.basis === service.version && Math.abs(age) < terms.graceMs / 2;
  }

  async #create(ip: IpAddress, claimant: Claimant): Promise<'held' | 'again'> {
    const { store, ownership } = this.#parts;
    const { service, holder } = claimant;
    const stored = await store.create(newClaim(ip, holder, service.sharing.key), this.#timeLeft(claimant));
    if (stored === 'exists') return 'again';
    ownership.book.put(stored);
    return 'held';
  }

  /**
   * Nobody must drain a pool with forged reviews: a Service that does not exist with this uid gets no claim, and one
   * that exists has at most one unconfirmed claim per family.
   */
  async #mayHaveAnother(ip: IpAddress, { service, holder }: Claimant): Promise<boolean> {
    if (holder.service.uid === '') return true;
    const { ownership, clock } = this.#parts;
    if (typeof ownership.ledger.find(service.ref.uid) !== 'object') await this.#sight(holder);
    if (typeof ownership.ledger.find(service.ref.uid) !== 'object') return false;
    const now = clock.now();
    return !ownership.book
      .ofUid(service.ref.uid)
      .some(
        (claim) =>
          claim.ip !== ip &&
          familyOf(claim.ip) === familyOf(ip) &&
          ownership.judge(claim, now).some((one) => one.standing === 'pending' && isHolder(one.holder, service)),
      );
  }

  async #join(claim: Claim, claimant: Claimant): Promise<'held' | 'taken' | 'again'> {
    const { ownership, store, clock } = this.#parts;
    const judged = await this.#judgeLive(claim, claimant.service);
    if (!judged.every((one) => makesRoom(one, claimant))) return 'taken';
    const { service, holder } = claimant;
    const next = joined(claim, judged, { holder, service, now: clock.now() });
    const stored = await store.update(next, this.#timeLeft(claimant));
    if (stored === 'conflict' || stored === 'gone') return 'again';
    ownership.book.put(stored);
    return 'held';
  }

  /** A slow API server may use all the time there is: a write that was given up too early is a refusal without need. */
  #timeLeft({ until }: Claimant): number | undefined {
    return until === undefined ? undefined : until - this.#parts.clock.monotonic();
  }

  /** Judges the holders, after reading live those that seem not to hold the IP any more or are not known here. */
  async #judgeLive(claim: Claim, self: ServiceView): Promise<readonly Judged[]> {
    const { ownership, clock } = this.#parts;
    const doubtful = ownership
      .judge(claim, clock.now())
      .filter(({ holder, standing }) => !isHolder(holder, self) && standing !== 'held' && standing !== 'pending');
    await Promise.all(doubtful.map(({ holder }) => this.#sight(holder)));
    return ownership.judge(claim, clock.now());
  }

  /** Reads a holder's Service live and tells the ledger. */
  async #sight({ service: ref, goneSince }: ClaimHolder): Promise<void> {
    if (ref.uid === '' || goneSince !== undefined) return;
    const { ledger } = this.#parts.ownership;
    const found = await this.#parts.reader.read(ref);
    if (found === 'gone' || found.ref.uid !== ref.uid) ledger.remove(ref.uid);
    if (found !== 'gone') ledger.upsert(found);
  }

  async #readLive(ip: IpAddress): Promise<Claim | undefined> {
    const { ownership, store } = this.#parts;
    const cached = ownership.book.get(ip);
    const found = await store.read(ip);
    if (found !== undefined) ownership.book.put(found);
    else if (cached !== undefined) ownership.book.missing(cached);
    return found && ownership.book.get(ip);
  }
}

/** True when this holder does not stand in the way of the claimant. */
function makesRoom({ holder, standing, view }: Judged, { service, overSticky }: Claimant): boolean {
  if (isHolder(holder, service) || standing === 'stale') return true;
  if (standing === 'sticky') return overSticky || isSameName(holder, service);
  return view !== undefined && mayShare(view.sharing, service.sharing);
}

function isSameName({ service: { namespace, name } }: ClaimHolder, { ref }: ServiceView): boolean {
  return namespace === ref.namespace && name === ref.name;
}
