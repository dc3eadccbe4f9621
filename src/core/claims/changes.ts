import { ipRequestOf } from '../metallb/request.ts';
import { familyOf, type IpAddress } from '../net/ip.ts';
import type { ReleaseReason } from '../reasons.ts';
import type { ServiceView } from '../service-view.ts';
import { type Claim, type ClaimHolder, HISTORY_LENGTH, type PastHolder } from './claim.ts';
import { isHolder, type Judged } from './ownership.ts';

/** A claim that is not stored yet. */
export function newClaim(ip: IpAddress, holder: ClaimHolder, sharingKey: string): Claim {
  return { ip, holders: [holder], sharingKey, history: [], version: 0, uid: '' };
}

/** The holder that a Service becomes by a write upon its version `basis`, at `now` (epoch ms). */
export function holderFor(service: ServiceView, now: number): ClaimHolder {
  return { service: service.ref, reviewUid: '', basis: service.version, since: now, goneSince: undefined };
}

/** Who joins a claim: the entry to write, for the Service as it is. */
export interface Joining {
  readonly holder: ClaimHolder;
  readonly service: ServiceView;
  /** Epoch ms. */
  readonly now: number;
}

/** The claim after a Service joined or renewed its entry: whoever is stale, or only waited, becomes history. */
export function joined(claim: Claim, judged: readonly Judged[], { holder, service, now }: Joining): Claim {
  const mine = claim.holders.find((one) => isHolder(one, service));
  const leaving = judged.filter(
    (one) => one.holder !== mine && (one.standing === 'stale' || one.standing === 'sticky'),
  );
  const staying = claim.holders.filter((one) => one !== mine && !leaving.some((gone) => gone.holder === one));
  // A review of an older version comes late: what a newer one was given must not look as old as this one.
  const basis = Math.max(holder.basis, mine?.basis ?? 0);
  const holders = [...staying, { ...holder, basis, reviewUid: mine?.reviewUid ?? holder.reviewUid }];
  return { ...withHolders(claim, { holders, leaving, now }), sharingKey: service.sharing.key };
}

/** What replaces the holders of a claim, and who of them becomes history. */
export interface NewHolders {
  readonly holders: readonly ClaimHolder[];
  readonly leaving: readonly Judged[];
  /** Epoch ms. */
  readonly now: number;
}

/** The claim with other holders; those that leave are remembered. */
export function withHolders(claim: Claim, { holders, leaving, now }: NewHolders): Claim {
  const past = leaving.map((one) => pastHolder(one, claim.ip, now));
  return { ...claim, holders, history: [...past, ...claim.history].slice(0, HISTORY_LENGTH) };
}

function pastHolder(judged: Judged, ip: IpAddress, now: number): PastHolder {
  const { holder } = judged;
  return { service: holder.service, from: holder.since, to: holder.goneSince ?? now, because: whyEnded(judged, ip) };
}

/** What can be told from the Service as it is now; the Events of holdfast and the audit log have the whole story. */
function whyEnded({ holder, standing, view }: Judged, ip: IpAddress): ReleaseReason | 'Deleted' | 'Released' {
  if (view !== undefined && view.type !== 'LoadBalancer') return 'TypeChanged';
  if (standing === 'sticky' || holder.goneSince !== undefined) return view === undefined ? 'Deleted' : 'TypeChanged';
  if (view === undefined) return 'Released';
  const request = ipRequestOf(view);
  if (request.kind === 'ips' && !request.ips.includes(ip)) return 'RequestChanged';
  const dropped = view.families.length > 0 && !view.families.includes(familyOf(ip));
  return dropped ? 'FamilyDropped' : 'Released';
}
