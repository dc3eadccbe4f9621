import type { X509Certificate } from 'node:crypto';
import type { TLSSocket } from 'node:tls';

/** Whose calls are answered: those with a certificate of this CA and, when there are any, one of these names. */
export interface ClientCheck {
  /** PEM. */
  readonly ca: string;
  /** Common names or DNS names, in full. */
  readonly names: readonly string[];
}

/** Whether the certificate is for one of the names: its common name, or one of its DNS names. */
export function hasName(certificate: X509Certificate, names: readonly string[]): boolean {
  const commonNames = [...certificate.subject.matchAll(/^CN=(.*)$/gm)].map(([, name]) => name);
  return names.some((name) => commonNames.includes(name) || certificate.checkHost(name, EXACT) !== undefined);
}

/** A wildcard names nobody in particular; the common name is looked at on its own. */
const EXACT = { subject: 'never', wildcards: false } as const;

const NO_CERTIFICATE = 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE';

/**
 * Why a handshake ended, if that was because of the client's certificate. (Node ends one with a certificate that it does
 * not accept without an error of its own; the socket knows.)
 */
export function whyRefused(error: Error, { authorizationError }: Pick<TLSSocket, 'authorizationError'>) {
  if ('code' in error && error.code === NO_CERTIFICATE) return 'it shows no certificate';
  // Typed as an Error; it is OpenSSL's code, or null.
  const code: unknown = authorizationError;
  if (typeof code !== 'string') return undefined;
  return code === 'CERT_HAS_EXPIRED'
    ? 'its certificate has expired'
    : 'its certificate is not of the CA of --client-ca';
}
