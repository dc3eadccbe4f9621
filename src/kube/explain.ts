import { KubeError, type KubeFailureKind } from './errors.ts';

const QUESTIONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'is the API server up?',
  ECONNRESET: 'the connection broke off',
  EPIPE: 'the connection broke off',
  ENOTFOUND: 'does this host name resolve here?',
  EAI_AGAIN: 'is the name server reachable?',
  EHOSTUNREACH: 'is there a route to it?',
  ENETUNREACH: 'is there a route to it?',
  ETIMEDOUT: 'is there a route to it?',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is not signed by the CA of the kubeconfig',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is not signed by the CA of the kubeconfig',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is not signed by the CA of the kubeconfig',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is not signed by the CA of the kubeconfig',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host name',
};

/**
 * One sentence for an operator: what failed, where, and what to look at.
 * @param retryInMs when given, the sentence ends with when it is tried again
 */
export function explain(error: unknown, retryInMs?: number): string {
  const retry = retryInMs === undefined ? '' : ` Retrying in ${seconds(retryInMs)}.`;
  return `${sentence(error)}${retry}`;
}

function sentence(error: unknown): string {
  if (!(error instanceof KubeError)) return ended(error instanceof Error ? error.message : String(error));
  const { method, path, server } = error.request;
  const { message, status } = error.failure;
  const known: Partial<Record<KubeFailureKind, () => string>> = {
    unavailable: () =>
      status === 0 ? cannotReach(error) : ended(`${server} is not available for ${method} ${path}: ${message}`),
    timeout: () => ended(`${server} gave no answer to ${method} ${path} in time: ${message}`),
    forbidden: () => `not allowed: ${ended(message)} Does the role of holdfast grant this?`,
    unauthorized: () =>
      `${server} does not accept the credentials: ${ended(message)} Is the token or certificate still valid?`,
  };
  return known[error.kind]?.() ?? ended(`${method} ${path} failed: ${message}`);
}

function cannotReach(error: KubeError): string {
  const { server } = error.request;
  if (error.code === undefined) return ended(`cannot reach ${server}: ${error.failure.message}`);
  const question = QUESTIONS[error.code] ?? error.failure.message;
  return ended(`cannot reach ${server} (${error.code}): ${question}`);
}

function ended(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

function seconds(ms: number): string {
  return ms < 950 ? `${Math.max(0.1, Math.round(ms / 100) / 10)} s` : `${Math.round(ms / 1000)} s`;
}
