import type { Claim } from '../core/claims/claim.ts';
import { nameOf, type ServiceRef } from '../core/service-ref.ts';

/** One time that a Service had (or was promised) an IP. */
export interface Tenure {
  readonly ip: string;
  readonly service: string;
  /** Empty while the Service is being created. */
  readonly uid: string;
  /** RFC 3339. */
  readonly from: string;
  /** Null: it has it still. */
  readonly to: string | null;
  /** Why it ended: a code of docs/reasons.md, `Deleted` or `Released`; null while it lasts. */
  readonly because: string | null;
  /** True when the Service is gone and its name keeps the IP for a while. */
  readonly sticky: boolean;
}

/** Something that holdfast did, from the Events of Kubernetes. */
export interface Deed {
  /** RFC 3339: the last time. */
  readonly at: string;
  readonly service: string;
  /** A code of docs/reasons.md. */
  readonly reason: string;
  readonly count: number;
  readonly message: string;
}

/** Who held an IP, or what a Service held. The latest first. */
export interface HistoryReport {
  readonly subject: string;
  readonly tenures: readonly Tenure[];
  readonly deeds: readonly Deed[];
  /** What the statuses say beyond the claims: Services that have this IP, or IPs that this Service has. */
  readonly unclaimed: readonly string[];
  /** What could not be looked at. */
  readonly unread: readonly string[];
}

/** Every tenure of a claim: who has it now, then who had it, the latest first. */
export function tenuresOf({ ip, holders, history }: Claim): readonly Tenure[] {
  const now = holders.map(
    ({ service, since, goneSince }): Tenure => ({
      ...about(ip, service),
      from: iso(since),
      to: goneSince === undefined ? null : iso(goneSince),
      because: goneSince === undefined ? null : 'Deleted',
      sticky: goneSince !== undefined,
    }),
  );
  const past = history.map(
    ({ service, from, to, because }): Tenure => ({
      ...about(ip, service),
      from: iso(from),
      to: iso(to),
      because,
      sticky: false,
    }),
  );
  return [...now, ...past];
}

/** The tenures of one Service, by name: whatever its uid was. The present ones first, then the latest. */
export function tenuresOfService(claims: Iterable<Claim>, name: string): readonly Tenure[] {
  return [...claims]
    .flatMap(tenuresOf)
    .filter(({ service }) => service === name)
    .toSorted((one, other) => rank(other).localeCompare(rank(one)));
}

function rank({ to, from }: Tenure): string {
  return `${to ?? '9'} ${from}`;
}

function about(ip: string, service: ServiceRef) {
  return { ip, service: nameOf({ ...service, name: service.name || '?' }), uid: service.uid };
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
