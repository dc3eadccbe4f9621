import { check } from '../app/check/check.ts';
import type { CertificateState, SeenRegistration } from '../app/check/installation.ts';
import { fromSecretData } from '../certs/certificate-bundle.ts';
import { inspectCertificate, issuedBy } from '../certs/inspect.ts';
import { PemError } from '../certs/pem.ts';
import { isKubeError } from '../kube/errors.ts';
import { readInstallation } from '../kube/installation.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { readSecret, type StoredSecret } from '../kube/secret-store.ts';
import type { CheckOptions } from './ask-arguments.ts';
import { SECRET_NAME } from './certificates/own-certificate.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { checkLayout } from './output/check-layout.ts';
import { print } from './output/print.ts';
import { look, withCluster } from './with-cluster.ts';

/** Audits a live cluster and prints what is not in order; writes nothing. @returns findings when there are any */
export function runCheck(options: CheckOptions): Promise<ExitCode> {
  const { metallbNamespace, lbClasses, namespace, ignore, output: format } = options;
  return withCluster(options.kubeconfig, async (client) => {
    const view = await look(client, options, { stickyMs: options.stickyForMs });
    const installed = await readInstallation(client, { metallbNamespace, lbClasses });
    const certificate = await certificateState(client, namespace, installed.registrations);
    const result = check(view, { ...installed, certificate }, ignore);
    print(process.stdout, { format, result, table: checkLayout });
    return result.findings.length > 0 ? EXIT.findings : EXIT.ok;
  });
}

/** Whether the API server would trust what the replicas serve from the Secret; undefined when nothing is registered. */
async function certificateState(
  client: KubeClient,
  namespace: string,
  registrations: readonly SeenRegistration[],
): Promise<CertificateState | undefined> {
  const hooks = registrations.filter(({ ours }) => ours).flatMap((one) => one.hooks);
  if (hooks.length === 0) return undefined;
  const where = `Secret ${namespace}/${SECRET_NAME}`;
  const secret = await readSecret(client, { namespace, name: SECRET_NAME }).catch((error: unknown) => {
    if (isKubeError(error, 'forbidden')) return 'forbidden' as const;
    throw error;
  });
  if (secret === 'forbidden') return unknown(`${where} may not be read`);
  if (secret === undefined) return unknown(`${where} is not there`);
  return compared(secret, where, [...new Set(hooks.map(({ caBundle }) => caBundle))]);
}

function compared({ data }: StoredSecret, where: string, bundles: readonly string[]): CertificateState {
  const read = fromSecretData(data);
  if (read.kind === 'invalid')
    return { trusted: 'no', why: `${where}: ${read.problems.join('; ')}`, notAfter: undefined };
  const { cert } = read.bundle;
  const { notAfter } = inspectCertificate(cert);
  try {
    const trusted = bundles.every((bundle) => bundle !== '' && issuedBy(cert, bundle));
    if (trusted) return { trusted: 'yes', why: '', notAfter };
    return { trusted: 'no', why: `the caBundle does not verify the certificate in ${where}`, notAfter };
  } catch (error) {
    if (!(error instanceof PemError)) throw error;
    return { trusted: 'no', why: `the caBundle cannot be read: ${error.message}`, notAfter };
  }
}

function unknown(why: string): CertificateState {
  return { trusted: 'unknown', why, notAfter: undefined };
}
