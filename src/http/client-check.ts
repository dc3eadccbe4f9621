import type { X509Certificate } from 'node:crypto';

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

const REASONS: Readonly<Record<string, string>> = {
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'it shows no certificate',
  ERR_SSL_CERTIFICATE_VERIFY_FAILED: 'its certificate is not of the CA of --client-ca, or has expired',
};

/** Why a handshake failed, if that was because of the client's certificate. */
export function whyRefused(error: Error): string | undefined {
  const code = 'code' in error ? String(error.code) : '';
  return REASONS[code];
}
