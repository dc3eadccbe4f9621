import type { CertificateBundle } from './certificate-bundle.ts';
import { issuedBy, keyMatches } from './inspect.ts';
import { PemError, readCertificates, readPrivateKey } from './pem.ts';

/** What an operator's files hold; `ca` is there when a CA file was named. */
export type ExternalCertificate = Pick<CertificateBundle, 'cert' | 'key'> & { readonly ca?: string };

/** Where each part was read from, for messages. */
export interface ExternalFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string | undefined;
}

/**
 * Everything that keeps these files from being served, RSA or ECDSA; empty when they are good. Dates are not looked at:
 * an expired certificate is for the log, and still better than none.
 */
export function externalProblems(given: ExternalCertificate, files: ExternalFiles): readonly string[] {
  const { cert, key, ca } = given;
  const unreadable = [
    problem(() => readCertificates(cert, files.cert)),
    problem(() => readPrivateKey(key, files.key)),
    ca === undefined ? undefined : problem(() => readCertificates(ca, files.ca ?? 'the CA file')),
  ].filter((text) => text !== undefined);
  if (unreadable.length > 0) return unreadable;
  return [
    ...(keyMatches(cert, key) ? [] : [`the key in ${files.key} does not belong to the certificate in ${files.cert}`]),
    ...(ca === undefined || issuedBy(cert, ca)
      ? []
      : [`the certificate in ${files.cert} was not issued by any certificate in ${files.ca}`]),
  ];
}

function problem(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof PemError) return error.message;
    throw error;
  }
}
