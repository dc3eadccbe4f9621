import type { CertificateBundle } from './certificate-bundle.ts';
import { type Issued, issueCa, issueServing, type Validity } from './issue.ts';
import { DEFAULT_LIFETIMES, type Lifetimes } from './lifetimes.ts';
import type { ServingNames } from './policy.ts';

/** For whom, when, and for how long; `now` in epoch milliseconds. */
export interface SelfSignedOptions extends ServingNames {
  readonly now: number;
  /** Default {@link DEFAULT_LIFETIMES}. */
  readonly lifetimes?: Lifetimes;
}

/** A new CA and a serving certificate by it. @throws {IssueError} when no name is given or an IP cannot be read */
export async function makeBundle(options: SelfSignedOptions): Promise<CertificateBundle> {
  const ca = await newCa(options);
  const leaf = await newLeaf(ca, options);
  return { ca: ca.cert, caKey: ca.key, cert: leaf.cert, key: leaf.key };
}

/** A CA of our own, valid from a little in the past on. */
export function newCa({ now, lifetimes = DEFAULT_LIFETIMES }: SelfSignedOptions): Promise<Issued> {
  return issueCa({ commonName: 'holdfast CA', ...validity(now, lifetimes, lifetimes.caMs) });
}

/** A serving certificate by this CA, valid from a little in the past on. @throws {IssueError} */
export function newLeaf(ca: Issued, options: SelfSignedOptions): Promise<Issued> {
  const { dnsNames, ips, now, lifetimes = DEFAULT_LIFETIMES } = options;
  return issueServing({ ca, dnsNames, ips, ...validity(now, lifetimes, lifetimes.leafMs) });
}

function validity(now: number, lifetimes: Lifetimes, lifeMs: number): Validity {
  return { validFrom: now - lifetimes.skewMs, validTo: now + lifeMs };
}
