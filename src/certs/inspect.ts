import type { X509Certificate } from 'node:crypto';
import { ipText } from './ip-text.ts';
import { PemError, readCertificates, readPrivateKey } from './pem.ts';

/** What can be read off one certificate, RSA or ECDSA. Times are epoch milliseconds. */
export interface CertificateFacts {
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: number;
  readonly notAfter: number;
  readonly dnsNames: readonly string[];
  /** In the form of `ipText`. */
  readonly ips: readonly string[];
  readonly isCa: boolean;
  /** Hexadecimal. */
  readonly serialNumber: string;
  /** SHA-256 over the DER form: two certificates are the same when this is. */
  readonly fingerprint: string;
}

/** Reads the first certificate of a PEM text. @throws {PemError} */
export function inspectCertificate(pem: string, what = 'the certificate'): CertificateFacts {
  return factsOf(readCertificates(pem, what)[0]);
}

/** The facts of a parsed certificate. */
export function factsOf(certificate: X509Certificate): CertificateFacts {
  const names = altNames(certificate.subjectAltName ?? '');
  return {
    subject: certificate.subject ?? '',
    issuer: certificate.issuer ?? '',
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
    dnsNames: names.flatMap(({ type, value }) => (type === 'DNS' ? [value.toLowerCase()] : [])),
    ips: names.flatMap(({ type, value }) => (type === 'IP Address' ? [ipText(value) ?? value] : [])),
    isCa: certificate.ca,
    serialNumber: certificate.serialNumber,
    fingerprint: certificate.fingerprint256,
  };
}

/** True when the private key belongs to the first certificate. @throws {PemError} when one of them cannot be read */
export function keyMatches(certificatePem: string, keyPem: string): boolean {
  const [certificate] = readCertificates(certificatePem, 'the certificate');
  return certificate.checkPrivateKey(readPrivateKey(keyPem, 'the private key'));
}

/**
 * True when a client that trusts the CA bundle can build a chain from the first certificate: directly, or over the
 * intermediate ones that follow it (cert-manager writes those into tls.crt). Signatures are verified, dates are not.
 * @throws {PemError}
 */
export function issuedBy(certificatePem: string, caPem: string): boolean {
  const [leaf, ...intermediates] = readCertificates(certificatePem, 'the certificate');
  const roots = readCertificates(caPem, 'the CA');
  let current: X509Certificate | undefined = leaf;
  for (let steps = 0; current !== undefined && steps <= intermediates.length; steps++) {
    const child: X509Certificate = current;
    if (roots.some((root) => signed(root, child))) return true;
    current = intermediates.find((candidate) => candidate !== child && signed(candidate, child));
  }
  return false;
}

function signed(issuer: X509Certificate, child: X509Certificate): boolean {
  return child.checkIssued(issuer) && child.verify(issuer.publicKey);
}

/** One entry of OpenSSL's text form: `DNS:a.example, IP Address:0:0:0:0:0:0:0:1`; odd values come as JSON strings. */
const ENTRY = /(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,]*)/g;

function altNames(text: string): readonly { readonly type: string; readonly value: string }[] {
  return [...text.matchAll(ENTRY)].map(([, type = '', value = '']) => ({ type, value: unquoted(value) }));
}

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  const parsed: unknown = JSON.parse(value);
  if (typeof parsed !== 'string') throw new PemError(`the certificate has a name that cannot be read: ${value}`);
  return parsed;
}
