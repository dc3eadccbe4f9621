import { mergeCaBundles } from './bundle.ts';
import type { CertificateBundle } from './certificate-bundle.ts';
import { factsOf, issuedBy, keyMatches } from './inspect.ts';
import type { Issued } from './issue.ts';
import { DEFAULT_LIFETIMES } from './lifetimes.ts';
import { readCertificates } from './pem.ts';
import { caRenewalDue, due, type Renewal, type RenewalReason, renewalDue, type ServingNames } from './policy.ts';
import { newCa, newLeaf, type SelfSignedOptions } from './self-signed.ts';

/**
 * Whether clients trust the newest CA of the bundle: `yes` – the API server has had time to hear of it; `not-yet`;
 * `unknown` – somebody else keeps the webhook configurations, so that nobody can say.
 */
export type Trusted = 'yes' | 'not-yet' | 'unknown';

export interface RenewOptions extends SelfSignedOptions {
  /** Default `unknown`. */
  readonly trusted?: Trusted;
  /** Serving certificates of the newest CA have been in use everywhere for so long that older CAs may go. */
  readonly retireOld?: boolean;
  /** Somebody asked to replace this, whatever its age. */
  readonly requested?: 'ca' | 'tls' | undefined;
}

/** What was replaced in a bundle, and why; `message` in words for the log. */
export interface Replaced {
  readonly part: 'ca' | 'tls' | 'old-ca';
  readonly reason: RenewalReason | 'Retired';
  readonly message: string;
}

export type RenewedBundle =
  | { readonly kind: 'kept' }
  | { readonly kind: 'renewed'; readonly bundle: CertificateBundle; readonly why: readonly Replaced[] };

/**
 * Replaces what is due in a bundle that holds its own CA key, one careful step at a time:
 *
 * 1. a new CA goes before the old one; the serving certificate of the old one goes on;
 * 2. once clients trust the new CA, a serving certificate of it takes over;
 * 3. once that has been in use for a while, the old CA goes.
 *
 * A serving certificate that is of no use any more (expired, wrong key or name) is replaced at once. A bundle without CA
 * key is somebody else's to renew, and is kept.
 * @throws {PemError} when the bundle cannot be read; check it with `fromSecretData` first
 */
export async function renewBundle(bundle: CertificateBundle, options: RenewOptions): Promise<RenewedBundle> {
  const { caKey } = bundle;
  if (caKey === undefined) return { kind: 'kept' };
  const [newest, ...older] = readCertificates(bundle.ca, 'ca.crt');
  const followed = issuedBy(bundle.cert, newest.toString());
  const retires = older.length > 0 && followed && options.retireOld === true;
  const kept = retires ? { ...bundle, ca: newest.toString() } : bundle;
  const caDue = caIsDue(kept, options, followed && older.length === 0);
  const leafDue = leafIsDue(kept, options, { followed, caDue: caDue.due });
  if (!retires && !caDue.due && !leafDue.due) return { kind: 'kept' };
  const ca = { cert: newest.toString(), key: caKey };
  const retired = retires ? [RETIRED] : [];
  const why = [...retired, ...replaced('ca', caDue), ...replaced('tls', leafDue)];
  return { kind: 'renewed', bundle: await replace(kept, options, { ca, caDue, leafDue }), why };
}

const RETIRED: Replaced = { part: 'old-ca', reason: 'Retired', message: 'nothing is served from it any more' };

interface Due {
  readonly ca: Issued;
  readonly caDue: Renewal;
  readonly leafDue: Renewal;
}

async function replace(bundle: CertificateBundle, options: RenewOptions, { ca, caDue, leafDue }: Due) {
  const signer = caDue.due ? await newCa(options) : ca;
  const trusted = caDue.due ? mergeCaBundles([signer.cert, bundle.ca], options.now) : bundle.ca;
  const names = leafDue.due && leafDue.why === 'MissingNames' ? withNamesOf(bundle, options) : options;
  const leaf = leafDue.due ? await newLeaf(signer, { ...options, ...names }) : { cert: bundle.cert, key: bundle.key };
  // Newest by its date goes first in the merge; with clocks that disagree the one that signs must still be it.
  const ordered = caDue.due ? signerFirst(signer.cert, trusted) : trusted;
  return { ca: ordered, caKey: signer.key, ...leaf };
}

/** While one CA follows another there is no third one, unless the newest is of no use. */
function caIsDue({ ca }: CertificateBundle, { now, lifetimes, requested }: RenewOptions, alone: boolean): Renewal {
  const aged = caRenewalDue(factsOf(readCertificates(ca, 'ca.crt')[0]), now, lifetimes?.renewAt);
  if (aged.due && (alone || aged.why !== 'Aging')) return aged;
  return requested === 'ca' && alone ? due('Requested', 'a new CA was asked for') : { due: false };
}

function leafIsDue(
  bundle: CertificateBundle,
  options: RenewOptions,
  { followed, caDue }: { readonly followed: boolean; readonly caDue: boolean },
): Renewal {
  const { now, lifetimes = DEFAULT_LIFETIMES, trusted = 'unknown', requested } = options;
  const byFacts = renewalDue(servingFacts(bundle, options), now, lifetimes.renewAt);
  if (byFacts.due && byFacts.why !== 'Aging') return byFacts;
  // The certificate in use is good; one of a CA that clients have yet to hear of would not be.
  if (caDue || (!followed && trusted === 'not-yet')) return { due: false };
  if (byFacts.due) return byFacts;
  if (!followed && trusted === 'yes') return due('OldCa', 'the newer CA is trusted everywhere');
  return requested === 'tls' ? due('Requested', 'a new certificate was asked for') : { due: false };
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

/** During an update replicas want different names: each adds its own, none takes away another's. */
function withNamesOf({ cert }: CertificateBundle, { dnsNames, ips }: ServingNames): ServingNames {
  const had = factsOf(readCertificates(cert, 'tls.crt')[0]);
  return { dnsNames: [...new Set([...dnsNames, ...had.dnsNames])], ips: [...new Set([...ips, ...had.ips])] };
}

function signerFirst(signer: string, all: string): string {
  const pems = readCertificates(all, 'ca.crt').map((certificate) => certificate.toString());
  return [signer, ...pems.filter((pem) => pem !== signer)].join('');
}

function replaced(part: 'ca' | 'tls', renewal: Renewal): readonly Replaced[] {
  return renewal.due ? [{ part, reason: renewal.why, message: renewal.message }] : [];
}
