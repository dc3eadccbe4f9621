import type { Holding, Ledger } from '../ledger/ledger.ts';
import { CLAIM_ANNOTATION } from '../metallb/annotations.ts';
import type { IpAddress } from '../net/ip.ts';
import type { ServiceRef } from '../service-ref.ts';
import type { ServiceView } from '../service-view.ts';
import type { Claim, ClaimHolder } from './claim.ts';
import type { ClaimBook } from './claim-book.ts';
import { type ClaimTerms, type Standing, standingOf } from './standing.ts';

/** A holder of a claim together with how it stands. */
export interface Judged {
  readonly holder: ClaimHolder;
  readonly standing: Standing;
  /** The Service as it was last seen; undefined when it was not, or is gone. */
  readonly view: ServiceView | undefined;
}

/** What is known of one IP, seen from one Service. */
export interface Standings {
  /** The other Services that hold it, the rightful one first. Sticky and stale claims hold nothing. */
  readonly others: readonly Holding[];
  /** True when the Service is the rightful holder: by claim, or without one as the first in the ledger. */
  readonly isRightful: boolean;
  /** Whose name keeps it although that Service is gone; undefined when nobody's, or when it is the Service's own name. */
  readonly stickyFor: ServiceRef | undefined;
}

const NOBODY: readonly never[] = Object.freeze([]);

/** Who holds what: what the statuses say, and what the claims say. The claim goes first. */
export class Ownership {
  readonly ledger: Ledger;
  readonly book: ClaimBook;
  readonly terms: ClaimTerms;
  /** When a holder whose times lie in the future was first looked at. */
  readonly #noticedAt = new WeakMap<ClaimHolder, number>();

  constructor(ledger: Ledger, book: ClaimBook, terms: ClaimTerms) {
    this.ledger = ledger;
    this.book = book;
    this.terms = terms;
  }

  /** Every holder of a claim with its standing at `now` (epoch ms). */
  judge(claim: Claim, now: number): readonly Judged[] {
    const { terms } = this;
    return claim.holders.map((holder) => {
      const seen = this.#sighting(holder);
      const standing = standingOf(this.#believed(holder, now), claim.ip, seen, { now, terms });
      return { holder, standing, view: seen === 'gone' ? undefined : seen };
    });
  }

  /** How many claims wait for a Service that is being created and was not seen yet. */
  get awaitedCount(): number {
    const isAwaited = (holder: ClaimHolder) => holder.service.uid === '' && this.#sighting(holder) === undefined;
    return this.book.ofUid('').filter(({ holders }) => holders.some(isAwaited)).length;
  }

  /** Everything that is known of `ip` as far as `self` is concerned; the claim is judged once. */
  of(ip: IpAddress, self: ServiceView, now: number): Standings {
    const claim = this.book.get(ip);
    const judged = claim === undefined ? NOBODY : this.judge(claim, now);
    const byStatus = this.ledger.holdersOf(ip);
    const claimants = judged.filter(({ standing }) => holds(standing));
    const sticky = judged.find(({ standing }) => standing === 'sticky');
    return {
      others: othersAmong(claimants, byStatus, self),
      isRightful: isRightfulAmong(claimants, byStatus, self),
      stickyFor: sticky === undefined || sameName(sticky.holder.service, self.ref) ? undefined : sticky.holder.service,
    };
  }

  /** See {@link Standings.others}. */
  othersHolding(ip: IpAddress, self: ServiceView, now: number): readonly Holding[] {
    return this.of(ip, self, now).others;
  }

  /** See {@link Standings.isRightful}. */
  isRightful(ip: IpAddress, self: ServiceView, now: number): boolean {
    return this.of(ip, self, now).isRightful;
  }

  /** See {@link Standings.stickyFor}. */
  stickyFor(ip: IpAddress, self: ServiceView, now: number): ServiceRef | undefined {
    return this.of(ip, self, now).stickyFor;
  }

  /** True when nobody may simply be given `ip`. */
  isTaken(ip: IpAddress, now: number): boolean {
    if (this.ledger.has(ip) || this.ledger.isRequested(ip)) return true;
    const claim = this.book.get(ip);
    return claim !== undefined && this.judge(claim, now).some(({ standing }) => standing !== 'stale');
  }

  /**
   * Times that lie further ahead than the grace were written by a clock that is, or was, wrong: they would keep an IP for as
   * long as it was ahead. Such a holder is as old as the first look at it.
   */
  #believed(holder: ClaimHolder, now: number): ClaimHolder {
    const { since, goneSince } = holder;
    if (Math.max(since, goneSince ?? since) <= now + this.terms.graceMs) return holder;
    const noticedAt = Math.min(this.#noticedAt.get(holder) ?? now, now);
    this.#noticedAt.set(holder, noticedAt);
    return {
      ...holder,
      since: Math.min(since, noticedAt),
      goneSince: goneSince === undefined ? undefined : Math.min(goneSince, noticedAt),
    };
  }

  #sighting(holder: ClaimHolder): ServiceView | 'gone' | undefined {
    if (holder.service.uid !== '') return this.ledger.find(holder.service.uid);
    const created = this.ledger.createdBy(holder.reviewUid);
    return created !== undefined && isHolder(holder, created) ? created : undefined;
  }
}

/** True when this holder is the Service: by uid, or by the review that created it. */
export function isHolder(holder: ClaimHolder, service: ServiceView): boolean {
  if (holder.service.uid !== '') return holder.service.uid === service.ref.uid;
  return (
    holder.reviewUid !== '' &&
    holder.service.namespace === service.ref.namespace &&
    service.annotations[CLAIM_ANNOTATION] === holder.reviewUid
  );
}

function othersAmong(
  claimants: readonly Judged[],
  byStatus: readonly Holding[],
  self: ServiceView,
): readonly Holding[] {
  const claimed = claimants
    .filter(({ holder }) => !isHolder(holder, self))
    .map(
      ({ holder, view }) =>
        byStatus.find(({ service }) => service.ref.uid === holder.service.uid) ?? claimedBy(holder, view),
    );
  const others = byStatus.filter(
    ({ service: { ref } }) => ref.uid !== self.ref.uid && !claimed.some(({ service }) => service.ref.uid === ref.uid),
  );
  return claimed.length === 0 ? others : [...claimed, ...others];
}

function isRightfulAmong(claimants: readonly Judged[], byStatus: readonly Holding[], self: ServiceView): boolean {
  if (claimants.length > 0) return claimants.some(({ holder }) => isHolder(holder, self));
  const [first] = byStatus;
  return first === undefined || first.service.ref.uid === self.ref.uid;
}

function holds(standing: Standing): boolean {
  return standing === 'held' || standing === 'pending' || standing === 'unknown';
}

function sameName(one: ServiceRef, other: ServiceRef): boolean {
  return one.namespace === other.namespace && one.name === other.name;
}

function claimedBy({ service }: ClaimHolder, view: ServiceView | undefined): Holding {
  return { service: view ?? unseen(service), state: 'claimed', sharedLegally: false };
}

/** A Service of which only the name is known: it shares with nobody. */
function unseen(ref: ServiceRef): ServiceView {
  return {
    ref,
    version: 0,
    createdAt: 0,
    deleting: false,
    type: 'LoadBalancer',
    lbClass: undefined,
    familyPolicy: undefined,
    families: [],
    labels: {},
    annotations: {},
    loadBalancerIp: undefined,
    sharing: { key: '', backend: '', ports: [] },
    assigned: [],
    malformed: [],
  };
}

/** True when a Service that is being created may have `ip`: it is free, or waits for just this name. */
export function isTakeable(ownership: Ownership, ip: IpAddress, service: ServiceView, now: number): boolean {
  return (
    !ownership.ledger.has(ip) &&
    ownership.othersHolding(ip, service, now).length === 0 &&
    ownership.stickyFor(ip, service, now) === undefined
  );
}
