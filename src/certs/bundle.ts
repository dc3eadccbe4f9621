import { readCertificates } from './pem.ts';

/**
 * Merges CA texts into one bundle: newest first, each once, expired ones dropped. While a CA is being replaced the old
 * one stays in it, so that clients trust the certificates of both.
 * @param pems PEM texts with any number of certificates; an empty text is none
 * @param now epoch milliseconds
 * @throws {PemError} when a text has something else in it
 */
export function mergeCaBundles(pems: readonly string[], now: number): string {
  const certificates = pems.filter((pem) => pem.trim() !== '').flatMap((pem) => readCertificates(pem, 'the CA bundle'));
  const distinct = new Map(certificates.map((certificate) => [certificate.fingerprint256, certificate]));
  return [...distinct.values()]
    .filter((certificate) => certificate.validToDate.getTime() > now)
    .sort((a, b) => b.validFromDate.getTime() - a.validFromDate.getTime())
    .map((certificate) => certificate.toString())
    .join('');
}
