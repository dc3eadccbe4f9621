import { generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import forge from 'node-forge';
import { ipText } from './ip-text.ts';
import { readPrivateKey } from './pem.ts';

/** A certificate with its private key, both PEM. */
export interface Issued {
  readonly cert: string;
  /** PKCS#8. */
  readonly key: string;
}

/** From when to when a certificate is valid, epoch milliseconds; seconds are what X.509 keeps. */
export interface Validity {
  readonly validFrom: number;
  readonly validTo: number;
}

export interface CaRequest extends Validity {
  readonly commonName: string;
  /** RSA modulus length. */
  readonly keyBits?: number;
}

export interface ServingRequest extends Validity {
  readonly ca: Issued;
  readonly dnsNames: readonly string[];
  readonly ips: readonly string[];
  readonly keyBits?: number;
  /** For a client that shows it to a server, instead of the other way round. */
  readonly client?: boolean;
}

/** A certificate was asked for that nobody could use; the message says which part of the request is wrong. */
export class IssueError extends Error {
  override readonly name = 'IssueError';
}

const RSA_BITS = 2048;

/** Makes a CA that signs serving certificates and nothing else (no CA below it). Its own signature, SHA-256. */
export async function issueCa({ commonName, keyBits = RSA_BITS, ...validity }: CaRequest): Promise<Issued> {
  const { certificate, key, subject } = await draft(keyBits, validity);
  subject(commonName);
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true, pathLenConstraint: 0 },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ]);
  return signed(certificate, key, key);
}

/**
 * Makes a serving certificate for the names, signed by the CA; it never outlives the CA.
 * @throws {IssueError} when there is no name, an IP cannot be read, or the CA has no time left
 */
export async function issueServing(request: ServingRequest): Promise<Issued> {
  const { ca, dnsNames, ips, keyBits = RSA_BITS, validFrom, validTo, client = false } = request;
  const altNames = altNamesOf(dnsNames, ips);
  requireRsa(ca.key);
  const issuer = forge.pki.certificateFromPem(ca.cert);
  const end = Math.min(validTo, issuer.validity.notAfter.getTime());
  const { certificate, key, subject } = await draft(keyBits, { validFrom, validTo: end });
  subject(commonNameOf(dnsNames, ips));
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    { name: 'extKeyUsage', serverAuth: !client, clientAuth: client },
    { name: 'subjectAltName', altNames },
    { name: 'subjectKeyIdentifier' },
    { name: 'authorityKeyIdentifier', keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
  ]);
  return signed(certificate, key, ca.key);
}

/** A certificate with a fresh key, a serial and its dates; names, extensions and signature are still missing. */
async function draft(keyBits: number, { validFrom, validTo }: Validity) {
  if (!(validFrom < validTo)) {
    const [from, to] = [validFrom, validTo].map((time) => new Date(time).toISOString());
    throw new IssueError(`a certificate from ${from} to ${to} is never valid; check the dates, or renew the CA first`);
  }
  // Node makes the key: a hundred times faster than forge, and not on the event loop.
  const pair = await promisify(generateKeyPair)('rsa', {
    modulusLength: keyBits,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey);
  certificate.serialNumber = serialNumber();
  certificate.validity.notBefore = new Date(validFrom);
  certificate.validity.notAfter = new Date(validTo);
  const subject = (commonName: string) =>
    certificate.setSubject([{ name: 'commonName', value: commonName, valueTagClass: forge.asn1.Type.UTF8 as never }]);
  return { certificate, key: pair.privateKey, subject };
}

function signed(certificate: forge.pki.Certificate, ownKey: string, signingKey: string): Issued {
  certificate.sign(forge.pki.privateKeyFromPem(signingKey), forge.md.sha256.create());
  return { cert: forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n'), key: ownKey };
}

/** forge signs with RSA only, and its own error does not say so. */
function requireRsa(caKey: string): void {
  const type = readPrivateKey(caKey, 'the CA key').asymmetricKeyType;
  if (type !== 'rsa') throw new IssueError(`the CA key is of type ${type}; holdfast signs with RSA, give it an RSA CA`);
}

/** 128 random bits as DER wants them: top bit clear (positive), the one below set (no superfluous leading zero). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x3f) | 0x40, 0);
  return bytes.toString('hex');
}

const DNS_TYPE = 2;
const IP_TYPE = 7;

function altNamesOf(dnsNames: readonly string[], ips: readonly string[]) {
  if (dnsNames.length + ips.length === 0) {
    throw new IssueError('a serving certificate needs a name; give at least one DNS name or IP');
  }
  return [
    ...dnsNames.map((name) => ({ type: DNS_TYPE, value: name })),
    ...ips.map((ip) => {
      const canonical = ipText(ip);
      if (canonical === undefined) throw new IssueError(`${ip} is no IP address; give it without port and zone`);
      return { type: IP_TYPE, ip: canonical };
    }),
  ];
}

/** X.509 allows 64 characters in a common name; clients look at the SANs only, so a long name is cut. */
function commonNameOf(dnsNames: readonly string[], ips: readonly string[]): string {
  return (dnsNames[0] ?? ips[0] ?? 'holdfast').slice(0, 64);
}
