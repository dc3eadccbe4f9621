import { readFileSync } from 'node:fs';
import type { CertificateFacts } from '../../../src/certs/inspect.ts';

/** A fixed point in time, so that no test depends on today: epoch milliseconds of a full second. */
export const NOW = Date.UTC(2030, 0, 15, 12, 0, 0);
export const DAY = 86_400_000;

const read = (name: string) => readFileSync(new URL(`./testdata/${name}`, import.meta.url), 'utf8');

/** An ECDSA certificate made with openssl, its own issuer, valid for a hundred years; the key is for tests only. */
export const EC = { cert: read('ec-test-only.crt'), key: read('ec-test-only.key') };

/** Facts of a sound certificate that is valid from NOW for 90 days. */
export function facts(changes: Partial<CertificateFacts> = {}): CertificateFacts {
  return {
    subject: 'CN=hook.example',
    issuer: 'CN=holdfast CA',
    notBefore: NOW,
    notAfter: NOW + 90 * DAY,
    dnsNames: ['hook.example', '*.wild.example'],
    ips: ['127.0.0.1', '::1'],
    isCa: false,
    serialNumber: '4A',
    fingerprint: 'AA:BB',
    ...changes,
  };
}
