import { mergeCaBundles } from './bundle.ts';
import { type CertificateBundle, fromSecretData, type SecretData } from './certificate-bundle.ts';
import { keyMatches } from './inspect.ts';
import { PemError, readCertificates } from './pem.ts';
import { makeBundle, newLeaf, type SelfSignedOptions } from './self-signed.ts';

/** What a damaged Secret was replaced by. */
export interface Salvaged {
  readonly bundle: CertificateBundle;
  /** `ca`: the CA could be kept, only the serving certificate is new. `nothing`: everything is new. */
  readonly kept: 'ca' | 'nothing';
}

/**
 * Makes a bundle that can be served from out of a damaged one: with the CA of it when that and its key are whole, else
 * with a new CA beside every old one that can still be read, so that what other replicas serve stays trusted.
 */
export async function salvageBundle(data: SecretData, options: SelfSignedOptions): Promise<Salvaged> {
  const [ca, caKey] = [textOf(data, 'ca.crt'), textOf(data, 'ca.key')];
  const old = readable(ca, options.now);
  if (old !== '' && caKey !== '' && signs(old, caKey)) {
    const [first] = readCertificates(old, 'ca.crt');
    const leaf = await newLeaf({ cert: first.toString(), key: caKey }, options);
    const bundle = { ca: old, caKey, cert: leaf.cert, key: leaf.key };
    if (isWhole(bundle)) return { bundle, kept: 'ca' };
  }
  const made = await makeBundle(options);
  return { bundle: { ...made, ca: made.ca + old }, kept: 'nothing' };
}

/** The certificates that can be read one by one: a damaged one does not take the others with it. */
function readable(pem: string, now: number): string {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  return blocks
    .filter((block) => tried(() => readCertificates(block, 'ca.crt')[0].ca))
    .map((block) => mergeCaBundles([block], now))
    .join('');
}

function signs(ca: string, key: string): boolean {
  return tried(() => keyMatches(ca, key));
}

function isWhole({ ca, caKey = '', cert, key }: CertificateBundle): boolean {
  const encode = (text: string) => Buffer.from(text).toString('base64');
  const data = { 'ca.crt': encode(ca), 'ca.key': encode(caKey), 'tls.crt': encode(cert), 'tls.key': encode(key) };
  return fromSecretData(data).kind === 'bundle';
}

function tried(check: () => boolean): boolean {
  try {
    return check();
  } catch (error) {
    if (error instanceof PemError) return false;
    throw error;
  }
}

function textOf(data: SecretData, key: string): string {
  return Buffer.from(data[key] ?? '', 'base64').toString('utf8');
}
