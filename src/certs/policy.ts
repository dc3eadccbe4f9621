import type { CertificateFacts } from './inspect.ts';
import { ipText } from './ip-text.ts';

/** Under which names clients reach the webhook. */
export interface ServingNames {
  readonly dnsNames: readonly string[];
  readonly ips: readonly string[];
}

/** Everything the policy looks at. `issuedByCa` and `keyMatches` are facts too: see `inspect.ts`. */
export interface ServingFacts {
  readonly certificate: CertificateFacts;
  readonly issuedByCa: boolean;
  readonly keyMatches: boolean;
  /** The names that it must carry. */
  readonly names: ServingNames;
}

/** Why a certificate must be replaced. */
export type RenewalReason =
  | 'KeyMismatch'
  | 'WrongCa'
  | 'MissingNames'
  | 'NotYetValid'
  | 'Expired'
  | 'Aging'
  /** A newer CA is trusted everywhere: the certificate follows. */
  | 'OldCa'
  /** Somebody asked for it. */
  | 'Requested';

/** `message` says it in words for the log. */
export type Renewal =
  | { readonly due: false }
  | { readonly due: true; readonly why: RenewalReason; readonly message: string };

/** A certificate is renewed when this part of its life is over: time enough for failures, also with long lives. */
export const RENEW_AT = 2 / 3;

/** When the renewal of a certificate falls due by its age, epoch milliseconds. */
export function renewalTime(
  { notBefore, notAfter }: Pick<CertificateFacts, 'notBefore' | 'notAfter'>,
  renewAt = RENEW_AT,
): number {
  return notBefore + (notAfter - notBefore) * renewAt;
}

/**
 * Must this serving certificate be replaced at `now` (epoch milliseconds)? The gravest reason is named.
 * @param renewAt the part of its life after which it is aging
 */
export function renewalDue(facts: ServingFacts, now: number, renewAt = RENEW_AT): Renewal {
  if (!facts.keyMatches) return due('KeyMismatch', 'the private key does not belong to the certificate');
  if (!facts.issuedByCa)
    return due('WrongCa', `no CA of the bundle has issued it; its issuer is ${facts.certificate.issuer}`);
  const missing = missingNames(facts.certificate, facts.names);
  if (missing.length > 0) return due('MissingNames', `it is not valid for ${missing.join(', ')}`);
  return ageDue(facts.certificate, now, renewAt);
}

/** Must this CA be replaced at `now`? Only its age counts. */
export function caRenewalDue(ca: CertificateFacts, now: number, renewAt = RENEW_AT): Renewal {
  return ageDue(ca, now, renewAt);
}

function ageDue(certificate: CertificateFacts, now: number, renewAt: number): Renewal {
  const { notBefore, notAfter } = certificate;
  if (now < notBefore) return due('NotYetValid', `it is valid only from ${iso(notBefore)} on; compare the clocks`);
  if (now >= notAfter) return due('Expired', `it expired at ${iso(notAfter)}`);
  if (now >= renewalTime(certificate, renewAt)) {
    const part = renewAt === RENEW_AT ? 'two thirds of its life are' : `${Math.round(renewAt * 100)} % of its life is`;
    return due('Aging', `${part} over; it expires at ${iso(notAfter)}`);
  }
  return { due: false };
}

function missingNames({ dnsNames, ips }: CertificateFacts, names: ServingNames): readonly string[] {
  return [
    ...names.dnsNames.filter((name) => !dnsNames.some((pattern) => covers(pattern, name.toLowerCase()))),
    ...names.ips.filter((ip) => !ips.includes(ipText(ip) ?? ip)),
  ];
}

/** A `*` stands for exactly one label, the first (RFC 6125 6.4.3). */
function covers(pattern: string, name: string): boolean {
  if (pattern === name) return true;
  const dot = name.indexOf('.');
  return pattern.startsWith('*.') && dot > 0 && pattern.slice(1) === name.slice(dot);
}

/** A renewal for this reason. */
export function due(why: RenewalReason, message: string): Renewal {
  return { due: true, why, message };
}

function iso(time: number): string {
  return new Date(time).toISOString();
}
