import { RENEW_AT } from './policy.ts';

/** How long certificates live and when they are replaced. All but `renewAt` in milliseconds. */
export interface Lifetimes {
  readonly caMs: number;
  readonly leafMs: number;
  /** The part of its life after which a certificate is replaced (default two thirds). */
  readonly renewAt: number;
  /** Certificates are valid from so long ago, for clocks that are behind. */
  readonly skewMs: number;
}

/** How fast the replicas look after certificates; follows from the life of the serving certificate. Milliseconds. */
export interface CertificateTiming {
  /** How often a replica compares the Secret (or the files) and the webhook configurations with what it serves. */
  readonly checkEveryMs: number;
  /** How long every API server has to hear of a CA in the webhook configurations before a certificate of it is shown. */
  readonly settleMs: number;
  /** How long a CA that is replaced stays trusted after the last replica has stopped using it. */
  readonly overlapMs: number;
}

const DAY_MS = 86_400_000;
const CHECK_EVERY_MS = 10_000;
const SETTLE_MS = 30_000;
const OVERLAP_MS = 3_600_000;
const SKEW_MS = 3_600_000;

/** Certificates that live so long and are renewed after two thirds; clocks may differ by an hour, or a tenth of a short life. */
export function lifetimesOf(caMs: number, leafMs: number): Lifetimes {
  return { caMs, leafMs, renewAt: RENEW_AT, skewMs: Math.min(SKEW_MS, leafMs / 10) };
}

/**
 * Ten years for the CA: clients hold it in configurations, and a serving certificate must fit into what is left of it.
 * Three months for the serving certificate: renewed after two, a replica that was off for a month has one to notice.
 */
export const DEFAULT_LIFETIMES: Lifetimes = lifetimesOf(3650 * DAY_MS, 90 * DAY_MS);

/** 10 s between checks, 30 s to settle, an hour of overlap; less when certificates live for minutes. */
export function timingFor({ leafMs }: Pick<Lifetimes, 'leafMs'>): CertificateTiming {
  return {
    checkEveryMs: Math.min(CHECK_EVERY_MS, leafMs / 50),
    settleMs: Math.min(SETTLE_MS, leafMs / 50),
    overlapMs: Math.min(OVERLAP_MS, leafMs / 10),
  };
}
