import type { ConfigProblem } from './problem.ts';
import type { CertificateConfig, ClientCheck } from './schema.ts';

/** The settings about certificates, as they come out of `validate`. */
export interface CertificateSettings {
  readonly 'ca-lifetime': number;
  readonly 'cert-lifetime': number;
  readonly 'tls-cert'?: string | undefined;
  readonly 'tls-key'?: string | undefined;
  readonly 'tls-ca'?: string | undefined;
  readonly 'inject-ca-from'?: string | undefined;
  readonly 'client-ca'?: string | undefined;
  readonly 'client-name': readonly string[];
}

/** How many lives of a serving certificate a CA must have: it is replaced after two thirds, and the rest must fit one. */
const LIVES_PER_CA = 3;

/** Settings that do not go together. */
export function checkCertificate(
  settings: CertificateSettings,
  whereIs: (key: string) => string,
): readonly ConfigProblem[] {
  const { 'tls-cert': cert, 'tls-key': key, 'tls-ca': ca, 'inject-ca-from': injectCaFrom } = settings;
  const problems: ConfigProblem[] = [];
  const add = (where: string, what: string, fix: string) => problems.push({ where: whereIs(where), what, fix });
  if (cert !== undefined && key === undefined) add('tls-cert', 'has no key', 'name its key with --tls-key');
  if (cert === undefined && key !== undefined) {
    add('tls-key', 'has no certificate', 'name its certificate with --tls-cert');
  }
  if (cert === undefined && key === undefined) {
    for (const [name, value] of Object.entries({ 'tls-ca': ca, 'inject-ca-from': injectCaFrom })) {
      if (value !== undefined) add(name, 'goes with a certificate of your own', 'add --tls-cert and --tls-key');
    }
  }
  if (ca !== undefined && injectCaFrom !== undefined) {
    add('inject-ca-from', 'and --tls-ca both say whom the API server shall trust', 'use one of them');
  }
  if (settings['client-name'].length > 0 && settings['client-ca'] === undefined) {
    add('client-name', 'needs certificates of clients', 'name their CA with --client-ca');
  }
  if (settings['cert-lifetime'] * LIVES_PER_CA > settings['ca-lifetime']) {
    const where = whereIs('cert-lifetime').includes('(default)') ? 'ca-lifetime' : 'cert-lifetime';
    add(where, 'leaves a CA no time for its last certificate', 'let the CA live three times as long as a certificate');
  }
  return problems;
}

/** The checked settings in the form of the configuration. */
export function certificateConfig(settings: CertificateSettings): CertificateConfig {
  const { 'tls-cert': cert, 'tls-key': key, 'tls-ca': ca, 'inject-ca-from': injectCaFrom } = settings;
  if (cert !== undefined && key !== undefined) return Object.freeze({ kind: 'files', cert, key, ca, injectCaFrom });
  return Object.freeze({
    kind: 'own',
    caLifetimeMs: settings['ca-lifetime'],
    certLifetimeMs: settings['cert-lifetime'],
  });
}

/** Whose calls are answered; undefined: everybody's. */
export function clientCheck(settings: CertificateSettings): ClientCheck | undefined {
  const { 'client-ca': caFile, 'client-name': names } = settings;
  return caFile === undefined ? undefined : Object.freeze({ caFile, names });
}
