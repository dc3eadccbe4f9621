import type { Judged, Ownership } from '../claims/ownership.ts';
import { mayShare, type SharingTerms } from '../metallb/sharing.ts';
import type { IpAddress } from '../net/ip.ts';
import type { ServiceRef } from '../service-ref.ts';

/**
 * How an IP that is not free stands. `conflict`: several Services have it that may not share it. `reserved`: promised to
 * a Service that does not have it in its status yet. `sticky`: its Service is gone, and its name keeps the IP for a while.
 */
export type OccupiedState = 'assigned' | 'shared' | 'reserved' | 'sticky' | 'conflict';

/** One Service that stands on an IP. */
export interface Occupant {
  readonly service: ServiceRef;
  readonly standing: 'assigned' | 'reserved' | 'sticky';
  /** When the claim was made, epoch ms; undefined without a claim (audit makes none). */
  readonly since: number | undefined;
  /** Sticky: when the IP is free for everybody, epoch ms; undefined while the claim is not marked yet. */
  readonly until: number | undefined;
}

/** An IP that is not free. */
export interface OccupiedIp {
  readonly ip: IpAddress;
  readonly state: OccupiedState;
  readonly occupants: readonly Occupant[];
  /** `allow-shared-ip` of the holders; empty when they do not share. */
  readonly sharingKey: string;
}

/** An occupant with what decides whether it may share; undefined when its Service was not seen. */
interface Found extends Occupant {
  readonly sharing: SharingTerms | undefined;
}

/** Every IP that is not free at `now` (epoch ms), each once, in no order. Looks at holders and claims, never at pools. */
export function* occupiedIps(ownership: Ownership, now: number): Generator<OccupiedIp> {
  const { ledger, book } = ownership;
  for (const ip of ledger.ips()) {
    const occupied = occupiedIp(ownership, ip, now);
    if (occupied !== undefined) yield occupied;
  }
  for (const { ip } of book.all()) {
    const occupied = ledger.has(ip) ? undefined : occupiedIp(ownership, ip, now);
    if (occupied !== undefined) yield occupied;
  }
}

function occupiedIp(ownership: Ownership, ip: IpAddress, now: number): OccupiedIp | undefined {
  const found = [...claimed(ownership, ip, now)];
  for (const { service, state } of ownership.ledger.holdersOf(ip)) {
    if (found.some((one) => isSame(one.service, service.ref))) continue;
    const standing = state === 'assigned' ? 'assigned' : 'reserved';
    found.push({ service: service.ref, standing, since: undefined, until: undefined, sharing: service.sharing });
  }
  if (found.length === 0) return undefined;
  const sharingKey = found.find(({ sharing }) => sharing !== undefined && sharing.key !== '')?.sharing?.key ?? '';
  return { ip, state: stateOf(found), occupants: found.map(withoutTerms), sharingKey };
}

function claimed(ownership: Ownership, ip: IpAddress, now: number): readonly Found[] {
  const claim = ownership.book.get(ip);
  if (claim === undefined) return [];
  return ownership.judge(claim, now).flatMap((judged) => {
    const standing = standingOn(ip, judged);
    if (standing === undefined) return [];
    const { holder, view } = judged;
    const { goneSince, since } = holder;
    const until = standing === 'sticky' && goneSince !== undefined ? goneSince + ownership.terms.stickyMs : undefined;
    return [{ service: view?.ref ?? holder.service, standing, since, until, sharing: view?.sharing }];
  });
}

function standingOn(ip: IpAddress, { standing, view }: Judged): Occupant['standing'] | undefined {
  if (standing === 'stale') return undefined;
  if (standing === 'sticky') return 'sticky';
  return view?.assigned.includes(ip) ? 'assigned' : 'reserved';
}

function stateOf(found: readonly Found[]): OccupiedState {
  const present = found.filter(({ standing }) => standing !== 'sticky');
  const [first] = present;
  if (first === undefined) return 'sticky';
  if (present.length === 1) return first.standing === 'assigned' ? 'assigned' : 'reserved';
  const terms = present.flatMap(({ sharing }) => sharing ?? []);
  const legal = terms.every((one, i) => terms.slice(i + 1).every((other) => mayShare(one, other)));
  return legal ? 'shared' : 'conflict';
}

function withoutTerms({ sharing: _terms, ...occupant }: Found): Occupant {
  return occupant;
}

function isSame(one: ServiceRef, other: ServiceRef): boolean {
  return one.uid === other.uid;
}
