import { join } from 'node:path';
import { flags } from './flags.ts';

export type EtcdPorts = { readonly client: number; readonly peer: number };

export function etcdArguments(folder: string, ports: EtcdPorts): readonly string[] {
  const client = `http://127.0.0.1:${ports.client}`;
  const peer = `http://127.0.0.1:${ports.peer}`;
  return flags({
    'data-dir': join(folder, 'etcd'),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
    // The data must survive the process, not the machine.
    'unsafe-no-fsync': true,
    'log-level': 'warn',
  });
}

export type ApiServerArguments = {
  /** Holds sa.key, tokens.csv and certificates. */
  readonly folder: string;
  readonly port: number;
  readonly etcdPort: number;
  readonly dualStack: boolean;
  readonly auditLog: boolean;
  /** Further flags; a later one wins. */
  readonly extra: readonly string[];
};

export function apiServerArguments(options: ApiServerArguments): readonly string[] {
  const { folder } = options;
  const serviceAccountKey = join(folder, 'sa.key');
  const common = flags({
    'etcd-servers': `http://127.0.0.1:${options.etcdPort}`,
    'secure-port': options.port,
    'bind-address': '127.0.0.1',
    'advertise-address': '127.0.0.1',
    // A loopback address may not stand in the Endpoints of the `kubernetes` Service.
    'endpoint-reconciler-type': 'none',
    'cert-dir': join(folder, 'certs'),
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': serviceAccountKey,
    'service-account-signing-key-file': serviceAccountKey,
    'service-cluster-ip-range': options.dualStack ? '10.96.0.0/12,fd00:10:96::/112' : '10.96.0.0/12',
    'token-auth-file': join(folder, 'tokens.csv'),
    'authorization-mode': 'RBAC',
    // No controller makes ServiceAccounts here, and no Pod runs.
    'disable-admission-plugins': 'ServiceAccount',
    'allow-privileged': true,
    // Tests measure what is guarded, not how a small machine is throttled.
    'enable-priority-and-fairness': false,
    'max-requests-inflight': 4000,
    'max-mutating-requests-inflight': 2000,
  });
  return [...common, ...(options.auditLog ? auditArguments(folder) : []), ...options.extra];
}

/** One line of JSON per finished write; with both bodies for Services, pools and holdfast's own objects. */
export const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: RequestResponse
    verbs: [create, update, patch, delete]
    resources: [{ group: "", resources: [services, services/status] }, { group: metallb.io }, { group: holdfast.dev }]
  - level: None
    verbs: [get, list, watch]
  - level: Metadata
`;

function auditArguments(folder: string): readonly string[] {
  return flags({
    'audit-policy-file': join(folder, 'audit-policy.yaml'),
    'audit-log-path': join(folder, 'audit.log'),
  });
}
