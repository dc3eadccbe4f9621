import { issuedBy, keyMatches } from './inspect.ts';
import { PemError, readCertificates, readPrivateKey } from './pem.ts';

/** What a replica needs to serve and to be trusted, all PEM: the content of one Secret. */
export interface CertificateBundle {
  /** The CAs that clients must trust, newest first. */
  readonly ca: string;
  /** The key of the first CA; absent when somebody else issues (cert-manager). */
  readonly caKey?: string;
  /** The serving certificate, then any intermediate ones. */
  readonly cert: string;
  readonly key: string;
}

/** `data` of a Kubernetes Secret: base64 texts by key. */
export type SecretData = Readonly<Record<string, string>>;

/** A bundle, or everything that is wrong with the Secret. */
export type BundleRead =
  | { readonly kind: 'bundle'; readonly bundle: CertificateBundle }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] };

/** The keys of the Secret: those of type `kubernetes.io/tls`, of cert-manager, and one of our own (`ca.key`). */
const SECRET_KEYS = { ca: 'ca.crt', caKey: 'ca.key', cert: 'tls.crt', key: 'tls.key' } as const;

/** The bundle as `data` of a Secret. */
export function toSecretData({ ca, caKey, cert, key }: CertificateBundle): SecretData {
  return {
    [SECRET_KEYS.ca]: encoded(ca),
    ...(caKey === undefined ? {} : { [SECRET_KEYS.caKey]: encoded(caKey) }),
    [SECRET_KEYS.cert]: encoded(cert),
    [SECRET_KEYS.key]: encoded(key),
  };
}

/**
 * Reads `data` of a Secret and checks that the parts belong together; dates are not looked at (see `policy.ts`).
 * Problems name the key and say what is wrong; they never show a value.
 */
export function fromSecretData(data: SecretData | undefined): BundleRead {
  const [ca, cert, key] = [data?.[SECRET_KEYS.ca], data?.[SECRET_KEYS.cert], data?.[SECRET_KEYS.key]];
  if (!ca || !cert || !key) {
    const missing = [SECRET_KEYS.ca, SECRET_KEYS.cert, SECRET_KEYS.key].filter((name) => !data?.[name]);
    return { kind: 'invalid', problems: missing.map((name) => `${name} is missing`) };
  }
  const caKey = data?.[SECRET_KEYS.caKey];
  const bundle: CertificateBundle = {
    ca: decoded(ca),
    ...(caKey ? { caKey: decoded(caKey) } : {}),
    cert: decoded(cert),
    key: decoded(key),
  };
  const problems = problemsOf(bundle);
  return problems.length === 0 ? { kind: 'bundle', bundle } : { kind: 'invalid', problems };
}

/** Everything that is wrong with a bundle: first what cannot be read, and only then what does not fit together. */
export function problemsOf({ ca, caKey, cert, key }: CertificateBundle): readonly string[] {
  const unreadable = [
    pemProblem(() => readCertificates(ca, SECRET_KEYS.ca)),
    pemProblem(() => readCertificates(cert, SECRET_KEYS.cert)),
    pemProblem(() => readPrivateKey(key, SECRET_KEYS.key)),
    caKey === undefined ? undefined : pemProblem(() => readPrivateKey(caKey, SECRET_KEYS.caKey)),
  ].filter((problem) => problem !== undefined);
  if (unreadable.length > 0) return unreadable;
  return [
    ...(keyMatches(cert, key) ? [] : ['tls.key does not belong to tls.crt']),
    ...(issuedBy(cert, ca) ? [] : ['tls.crt was not issued by any certificate in ca.crt']),
    ...(caKey === undefined || keyMatches(ca, caKey)
      ? []
      : ['ca.key does not belong to the first certificate in ca.crt']),
  ];
}

function pemProblem(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    if (error instanceof PemError) return error.message;
    throw error;
  }
}

function encoded(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

/** Broken base64 decodes to something that is not PEM, which the checks then say. */
function decoded(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}
