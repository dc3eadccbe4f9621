import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';

/** A PEM text that is not what it should be; `message` says what it was meant to be and what is wrong with it. */
export class PemError extends Error {
  override readonly name = 'PemError';
}

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/**
 * The certificates of a PEM text, in its order, RSA or ECDSA.
 * @param what names the text in the error, such as `ca.crt`
 * @throws {PemError} when there is none or one cannot be read
 */
export function readCertificates(pem: string, what: string): readonly [X509Certificate, ...X509Certificate[]] {
  const [first, ...rest] = (pem.match(BLOCK) ?? []).map((block, index) =>
    readOne(block, `${what}, certificate ${index + 1}`),
  );
  if (first === undefined) {
    throw new PemError(`${what} has no certificate in it; it must be PEM with "-----BEGIN CERTIFICATE-----"`);
  }
  return [first, ...rest];
}

function readOne(block: string, what: string): X509Certificate {
  try {
    return new X509Certificate(block);
  } catch (error) {
    throw new PemError(`${what} cannot be read (${reasonIn(error)}); write it anew from its source`);
  }
}

/** A private key, RSA or EC, without a password. @throws {PemError} when it cannot be read; never shows the key */
export function readPrivateKey(pem: string, what: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new PemError(`${what} is no private key (${reasonIn(error)}); it must be PEM, PKCS#8 or PKCS#1, no password`);
  }
}

/** OpenSSL's reason without its library prefix; it never holds any of the input. */
function reasonIn(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split(':').filter(Boolean).at(-1) ?? text;
}
