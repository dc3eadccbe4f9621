import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { KubeConfig } from './client-node.ts';
import { ClusterConfigError } from './cluster-config-error.ts';
import { type Credentials, KubeconfigCredentials } from './credentials.ts';
import { currentCluster, mergeKubeconfigs, readKubeconfig } from './kubeconfig.ts';

export interface LoadClusterOptions {
  /** A file named by a flag; beats everything else. */
  readonly kubeconfig?: string | undefined;
  /** Environment (default `process.env`): KUBERNETES_SERVICE_HOST, KUBERNETES_SERVICE_PORT, KUBECONFIG. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Home folder (default the user's). */
  readonly home?: string;
  /** Where Kubernetes mounts the service account (default its well-known folder). */
  readonly serviceAccount?: string;
}

/** Which API server to talk to, and how. */
export interface Cluster {
  /** Scheme, host, port and path prefix, without a trailing slash. */
  readonly server: string;
  /** Where this was found, for messages: `in-cluster` or the file. */
  readonly source: string;
  readonly credentials: Credentials;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Finds the cluster: the flag, then in-cluster, then $KUBECONFIG, then ~/.kube/config.
 * @throws ClusterConfigError naming the file and what to do
 */
export function loadCluster(options: LoadClusterOptions = {}): Cluster {
  const { source, load } = find(options);
  const checked = (): KubeConfig => {
    const config = load();
    usable(config, source);
    return config;
  };
  return { server: usable(load(), source), source, credentials: new KubeconfigCredentials(checked) };
}

interface Found {
  readonly source: string;
  readonly load: () => KubeConfig;
}

function find(options: LoadClusterOptions): Found {
  const { kubeconfig, env = process.env, home = homedir(), serviceAccount = SERVICE_ACCOUNT } = options;
  if (kubeconfig !== undefined) return fromFile(kubeconfig);
  const inCluster = findInCluster(env, serviceAccount);
  if (inCluster !== undefined) return inCluster;
  const named = (env.KUBECONFIG ?? '').split(path.delimiter).filter((file) => file !== '');
  if (named.length === 1 && named[0] !== undefined) return fromFile(named[0]);
  if (named.length > 1) {
    return {
      source: `KUBECONFIG ${named.join(path.delimiter)}`,
      load: () => mergeKubeconfigs(named.filter(existsSync)),
    };
  }
  const inHome = path.join(home, '.kube', 'config');
  if (existsSync(inHome)) return fromFile(inHome);
  throw new ClusterConfigError(
    `no cluster found: not running in one (no service account in ${serviceAccount}), KUBECONFIG is not set, ` +
      `and ${inHome} does not exist. Name a kubeconfig with --kubeconfig FILE.`,
  );
}

function fromFile(file: string): Found {
  return { source: `kubeconfig ${file}`, load: () => readKubeconfig(file) };
}

function findInCluster(env: Readonly<Record<string, string | undefined>>, folder: string): Found | undefined {
  const host = env.KUBERNETES_SERVICE_HOST;
  const port = env.KUBERNETES_SERVICE_PORT;
  const tokenFile = path.join(folder, 'token');
  if (!host || !port || !existsSync(tokenFile)) return undefined;
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const load = (): KubeConfig => {
    const config = new KubeConfig();
    config.loadFromClusterAndUser(
      { name: 'in-cluster', server, caFile: path.join(folder, 'ca.crt'), skipTLSVerify: false },
      { name: 'service-account', authProvider: { name: 'tokenFile', config: { tokenFile } } },
    );
    return config;
  };
  return { source: 'in-cluster', load };
}

/** Makes `config` fit for use: see the comments. @returns the server's URL */
function usable(config: KubeConfig, source: string): string {
  const cluster = currentCluster(config, source);
  const url = URL.parse(cluster.server);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new ClusterConfigError(`${source}: server "${cluster.server}" is not a http or https URL`);
  }
  const loopback = isLoopback(url.hostname);
  if (url.protocol === 'http:' && !loopback && !cluster.skipTLSVerify) {
    throw new ClusterConfigError(`${source}: server ${cluster.server} would send credentials in clear: use https`);
  }
  const { proxyUrl, ...direct } = cluster;
  const fixed = {
    ...direct,
    // A proxy cannot reach this machine's loopback.
    ...(loopback || !proxyUrl ? {} : { proxyUrl }),
    // client-node refuses plain http without this; there is no TLS to verify (kubectl proxy, tests).
    skipTLSVerify: cluster.skipTLSVerify || url.protocol === 'http:',
  };
  config.clusters = config.clusters.map((other) => (other === cluster ? fixed : other));
  allowNoUser(config);
  return cluster.server.replace(/\/+$/, '');
}

/** A context without a user is anonymous for kubectl; client-node would then leave out the CA as well. */
function allowNoUser(config: KubeConfig): void {
  const context = config.getContextObject(config.currentContext);
  if (context === null || context.user) return;
  const name = 'anonymous (no user in the context)';
  config.users = [...config.users, { name }];
  config.contexts = config.contexts.map((other) => (other === context ? { ...context, user: name } : other));
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}
