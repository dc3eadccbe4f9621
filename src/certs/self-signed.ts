import { mergeCaBundles } from './bundle.ts';
import type { CertificateBundle } from './certificate-bundle.ts';
import { factsOf, issuedBy, keyMatches } from './inspect.ts';
import { type Issued, issueCa, issueServing, type Validity } from './issue.ts';
import { readCertificates } from './pem.ts';
import { caRenewalDue, type Renewal, type RenewalReason, renewalDue, type ServingNames } from './policy.ts';

/** For whom, and when; `now` in epoch milliseconds. */
export interface SelfSignedOptions extends ServingNames {
  readonly now: number;
  /** Life of the CA in days. */
  readonly caDays?: number;
  /** Life of the serving certificate in days. */
  readonly leafDays?: number;
}

const DAY_MS = 86_400_000;
/** Ten years: clients hold the CA in configurations, and a serving certificate must fit into what is left of it. */
const CA_DAYS = 3650;
/** Renewed after two of these three months; a replica that was off for a month still has one to notice. */
const LEAF_DAYS = 90;
/** Certificates are valid from a little in the past on, for clocks that are behind: an hour, or a tenth of a short life. */
const SKEW_MS = 3_600_000;

/** A new CA and a serving certificate by it. @throws {IssueError} when no name is given or an IP cannot be read */
export async function makeBundle(options: SelfSignedOptions): Promise<CertificateBundle> {
  const ca = await newCa(options);
  const leaf = await newLeaf(ca, options);
  return { ca: ca.cert, caKey: ca.key, cert: leaf.cert, key: leaf.key };
}

/** What `renewBundle` did; `why` names the reasons, one for the CA and one for the serving certificate. */
export type RenewedBundle =
  | { readonly kind: 'kept' }
  | {
      readonly kind: 'renewed';
      readonly bundle: CertificateBundle;
      readonly why: readonly {
        readonly part: 'ca' | 'tls';
        readonly reason: RenewalReason;
        readonly message: string;
      }[];
    };

/**
 * Replaces what is due in a bundle that holds its own CA key. A new CA goes before the old one, which stays trusted
 * until it expires; the serving certificate of the old CA goes on until it is due itself, so that clients have learnt
 * the new CA long before they meet it. A bundle without CA key is somebody else's to renew, and is kept.
 * @throws {PemError} when the bundle cannot be read; check it with `fromSecretData` first
 */
export async function renewBundle(bundle: CertificateBundle, options: SelfSignedOptions): Promise<RenewedBundle> {
  const { caKey } = bundle;
  if (caKey === undefined) return { kind: 'kept' };
  const { now } = options;
  const [currentCa] = readCertificates(bundle.ca, 'ca.crt');
  const caDue = caRenewalDue(factsOf(currentCa), now);
  const leafDue = renewalDue(servingFacts(bundle, options), now);
  if (!caDue.due && !leafDue.due) return { kind: 'kept' };
  const ca = caDue.due ? await newCa(options) : { cert: currentCa.toString(), key: caKey };
  const leaf = leafDue.due ? await newLeaf(ca, options) : { cert: bundle.cert, key: bundle.key };
  const trusted = caDue.due ? mergeCaBundles([ca.cert, bundle.ca], now) : bundle.ca;
  return {
    kind: 'renewed',
    bundle: { ca: trusted, caKey: ca.key, ...leaf },
    why: [...reasons('ca', caDue), ...reasons('tls', leafDue)],
  };
}

function servingFacts(bundle: CertificateBundle, { dnsNames, ips, now }: SelfSignedOptions) {
  const [leaf] = readCertificates(bundle.cert, 'tls.crt');
  const trusted = mergeCaBundles([bundle.ca], now);
  return {
    certificate: factsOf(leaf),
    issuedByCa: trusted !== '' && issuedBy(bundle.cert, trusted),
    keyMatches: keyMatches(bundle.cert, bundle.key),
    names: { dnsNames, ips },
  };
}

function reasons(part: 'ca' | 'tls', renewal: Renewal) {
  return renewal.due ? [{ part, reason: renewal.why, message: renewal.message }] : [];
}

function newCa({ now, caDays = CA_DAYS }: SelfSignedOptions): Promise<Issued> {
  return issueCa({ commonName: 'holdfast CA', ...validity(now, caDays) });
}

function newLeaf(ca: Issued, { dnsNames, ips, now, leafDays = LEAF_DAYS }: SelfSignedOptions): Promise<Issued> {
  return issueServing({ ca, dnsNames, ips, ...validity(now, leafDays) });
}

function validity(now: number, days: number): Validity {
  const life = days * DAY_MS;
  return { validFrom: now - Math.min(SKEW_MS, life / 10), validTo: now + life };
}
