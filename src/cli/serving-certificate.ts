import { isIP } from 'node:net';
import { type CertificateBundle, fromSecretData, toSecretData } from '../certs/certificate-bundle.ts';
import { makeBundle, renewBundle } from '../certs/self-signed.ts';
import type { Config } from '../config/schema.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { ensureNamespace, readOrCreateSecret, replaceSecret, type StoredSecret } from '../kube/secret-store.ts';

/** The Secret that all replicas serve from. */
export const SECRET_NAME = 'holdfast-certificate';

/** The certificate Secret is there but cannot be served from. */
export class BadSecretError extends Error {
  override readonly name = 'BadSecretError';
}

/**
 * The CA and serving certificate that every replica shares: one Secret, written once (create is the lock), renewed when
 * it is due or lacks a name that the API server will call.
 * @throws KubeError; BadSecretError when somebody damaged the Secret
 */
export async function servingCertificate(
  client: KubeClient,
  config: Pick<Config, 'namespace' | 'register'>,
  now: number,
): Promise<CertificateBundle> {
  const ref = { namespace: config.namespace, name: SECRET_NAME };
  const options = { ...namesFor(config), now };
  await ensureNamespace(client, config.namespace);
  const stored = await readOrCreateSecret(client, ref, async () => toSecretData(await makeBundle(options)));
  const renewed = await renewBundle(bundleIn(stored, `${ref.namespace}/${ref.name}`), options);
  if (renewed.kind === 'kept') return bundleIn(stored, ref.name);
  const { resourceVersion } = stored;
  await replaceSecret(client, ref, { data: toSecretData(renewed.bundle), resourceVersion });
  return renewed.bundle;
}

/** The names under which the API server will call this replica. */
function namesFor({ register }: Pick<Config, 'register'>): { dnsNames: readonly string[]; ips: readonly string[] } {
  const local = { dnsNames: ['localhost'], ips: ['127.0.0.1', '::1'] };
  if (register.kind === 'service') {
    const { namespace, name } = register;
    return { ...local, dnsNames: [`${name}.${namespace}.svc`, `${name}.${namespace}`, ...local.dnsNames] };
  }
  if (register.kind === 'none') return local;
  const host = new URL(register.url).hostname.replace(/^\[|\]$/g, '');
  return isIP(host) === 0
    ? { ...local, dnsNames: unique([host, ...local.dnsNames]) }
    : { ...local, ips: unique([host, ...local.ips]) };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

function bundleIn({ data }: StoredSecret, where: string): CertificateBundle {
  const read = fromSecretData(data);
  if (read.kind === 'bundle') return read.bundle;
  throw new BadSecretError(
    `Secret ${where} cannot be served from: ${read.problems.join('; ')}. Delete it, and holdfast makes a new one.`,
  );
}
