import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from './api.ts';
import { applyObjects, applyYaml } from './apply-yaml.ts';
import { ensureKube, type KubeBinaries } from './binaries.ts';
import { freePorts } from './free-port.ts';
import { type Identity, tokenFile, users } from './identities.ts';
import type { Manifest } from './kube-types.ts';
import { kubeconfigText } from './kubeconfig.ts';
import { describeExit, type ManagedProcess, onProcessEnd, type ProcessOptions, startProcess } from './processes.ts';
import { apiServerArguments, auditPolicy, etcdArguments } from './server-arguments.ts';
import type { KubeVersion } from './versions.ts';

export type ClusterOptions = {
  /** Default 1.34. */
  readonly kube?: KubeVersion;
  /** ClusterIPs of both families (IPv4 first). */
  readonly dualStack?: boolean;
  /** Writes {@link Cluster.auditLogFile}. */
  readonly auditLog?: boolean;
  /** Further flags of kube-apiserver. */
  readonly apiServerFlags?: readonly string[];
};

type Ports = { readonly api: number; readonly etcd: number; readonly peer: number };

/** A kube-apiserver with its etcd, on free ports of loopback, in a temporary folder. */
export class Cluster {
  readonly kube: KubeVersion;
  readonly kubectl: string;
  /** Temporary: removed by {@link Cluster.stop}. Logs of all processes are in it. */
  readonly folder: string;
  readonly #options: ClusterOptions;
  readonly #binaries: KubeBinaries;
  readonly #ports: Ports;
  readonly #clients = new Map<Identity, ApiClient>();
  readonly #forgetFolder: () => void;
  readonly #processes: ManagedProcess[] = [];
  #etcd: ManagedProcess | undefined;
  #apiServer: ManagedProcess | undefined;
  #ca: string | undefined;

  constructor(options: ClusterOptions, binaries: KubeBinaries, ports: Ports) {
    this.kube = options.kube ?? '1.34';
    this.kubectl = binaries.kubectl;
    this.#options = options;
    this.#binaries = binaries;
    this.#ports = ports;
    this.folder = mkdtempSync(join(tmpdir(), 'holdfast-cluster-'));
    this.#forgetFolder = onProcessEnd(() => removeFolder(this.folder));
  }

  /** e.g. `https://127.0.0.1:41234`; the same after a restart. */
  get server(): string {
    return `https://127.0.0.1:${this.#ports.api}`;
  }

  /**
   * PEM bundle that verifies the server.
   * @throws Error before kube-apiserver has written its certificate: it writes the key after it, so once there is a key
   * the certificate is whole. (A certificate read half written would be kept, and no request would ever succeed.)
   */
  get ca(): string {
    const certs = join(this.folder, 'certs');
    if (this.#ca === undefined && !existsSync(join(certs, 'apiserver.key')))
      throw new Error(`no certificate in ${certs} yet: kube-apiserver writes it when it starts`);
    this.#ca ??= readFileSync(join(certs, 'apiserver.crt'), 'utf8');
    return this.#ca;
  }

  /** One line of JSON per request; only with `auditLog`. */
  get auditLogFile(): string {
    return join(this.folder, 'audit.log');
  }

  /** The client of one identity (one per cluster). */
  client(identity: Identity = 'admin'): ApiClient {
    const known = this.#clients.get(identity);
    if (known !== undefined) return known;
    const client = new ApiClient({ server: this.server, token: users[identity].token, ca: this.ca });
    this.#clients.set(identity, client);
    return client;
  }

  /** Path of a kubeconfig file for one identity. */
  kubeconfig(identity: Identity): string {
    const path = join(this.folder, `${identity}.kubeconfig`);
    const { token, name: user } = users[identity];
    writeFileSync(path, kubeconfigText({ server: this.server, ca: this.ca, token, user }), { mode: 0o600 });
    return path;
  }

  /** Server-side applies a YAML file, or YAML text, as admin. */
  async applyYaml(pathOrText: string): Promise<void> {
    await applyYaml(this.client(), pathOrText);
  }

  async applyObjects(objects: readonly Manifest[]): Promise<void> {
    await applyObjects(this.client(), objects);
  }

  /** The API server's own Prometheus metrics. */
  async metricsText(): Promise<string> {
    return this.client().text('/metrics');
  }

  /** Starts etcd again after {@link Cluster.stopEtcd}: same port, same data. */
  async startEtcd(): Promise<void> {
    if (this.#etcd?.isRunning === true) return;
    this.#etcd = await this.run({
      name: 'etcd',
      command: this.#binaries.etcd,
      args: etcdArguments(this.folder, { client: this.#ports.etcd, peer: this.#ports.peer }),
    });
    const url = `http://127.0.0.1:${this.#ports.etcd}/health`;
    await waitUntilReady(this.#etcd, async () => (await fetch(url)).ok);
  }

  /** SIGKILL. */
  async stopEtcd(): Promise<void> {
    await this.#etcd?.kill();
  }

  /** SIGSTOP: every request to the API server hangs, as with a broken disk. */
  pauseEtcd(): void {
    this.#etcd?.pause();
  }

  resumeEtcd(): void {
    this.#etcd?.resume();
  }

  /** Starts kube-apiserver (again: same port, same data and certificate) and waits until it is ready. */
  async startApiServer(): Promise<void> {
    if (this.#apiServer?.isRunning === true) return;
    this.#apiServer = await this.run({
      name: 'kube-apiserver',
      command: this.#binaries.kubeApiserver,
      args: apiServerArguments({
        folder: this.folder,
        port: this.#ports.api,
        etcdPort: this.#ports.etcd,
        dualStack: this.#options.dualStack === true,
        auditLog: this.#options.auditLog === true,
        extra: this.#options.apiServerFlags ?? [],
      }),
    });
    await waitUntilReady(
      this.#apiServer,
      async () => (await this.client().send({ method: 'GET', path: '/readyz' })).status === 200,
    );
  }

  /** SIGKILL: connections break at once. */
  async stopApiServer(): Promise<void> {
    await this.#apiServer?.kill();
  }

  pauseApiServer(): void {
    this.#apiServer?.pause();
  }

  resumeApiServer(): void {
    this.#apiServer?.resume();
  }

  /** The whole log of kube-apiserver. */
  apiServerLog(): string {
    return this.#apiServer?.logs() ?? '';
  }

  /** Starts a further program (a controller, a guard), whose life ends with the cluster's at the latest. */
  async run(options: Omit<ProcessOptions, 'logFile'>): Promise<ManagedProcess> {
    const logFile = join(this.folder, `${options.name.replaceAll(/[^\w.-]+/g, '-')}.log`);
    const child = await startProcess({ ...options, logFile });
    this.#processes.push(child);
    return child;
  }

  /** Kills everything started by {@link Cluster.run}, then the servers, and removes the folder. */
  async stop(): Promise<void> {
    for (const client of this.#clients.values()) client.close();
    // Newest first: controllers before the API server they would complain about.
    await Promise.all(this.#processes.toReversed().map((child) => child.kill()));
    this.#forgetFolder();
    removeFolder(this.folder);
  }
}

/**
 * Starts etcd and kube-apiserver (about 5 s; the very first time they are built) with RBAC, the identities of
 * {@link users}, and the namespaces `metallb-system` and `holdfast-system`.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const binaries = await ensureKube(options.kube ?? '1.34');
  for (let attempt = 1; ; attempt += 1) {
    const [api = 0, etcd = 0, peer = 0] = await freePorts(3);
    const cluster = new Cluster(options, binaries, { api, etcd, peer });
    try {
      writeServerFiles(cluster.folder);
      await cluster.startEtcd();
      await cluster.startApiServer();
      await cluster.applyObjects(firstObjects);
      return cluster;
    } catch (error) {
      await cluster.stop();
      // Somebody else took the port between our look and its use.
      if (attempt < 3 && error instanceof Error && error.message.includes('address already in use')) continue;
      throw error;
    }
  }
}

const firstObjects: readonly Manifest[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'metallb-system' } },
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'holdfast-system' } },
  {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'test-human' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: users.human.name }],
  },
];

function writeServerFiles(folder: string): void {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  mkdirSync(join(folder, 'certs'));
  writeFileSync(join(folder, 'sa.key'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
  writeFileSync(join(folder, 'tokens.csv'), tokenFile());
  writeFileSync(join(folder, 'audit-policy.yaml'), auditPolicy);
}

/** Asks every 25 ms. @throws Error with the process' last output when it ends or 60 s pass. */
async function waitUntilReady(child: ManagedProcess, isReady: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  let lastAnswer: unknown;
  while (
    !(await isReady().catch((error: unknown) => {
      lastAnswer = error;
      return false;
    }))
  ) {
    if (!child.isRunning)
      throw new Error(`${child.name} ended (${describeExit(await child.exited)}):\n${child.tail()}`);
    if (Date.now() > deadline)
      throw new Error(`${child.name} is not ready after 60 s (${String(lastAnswer)}):\n${child.tail()}`);
    await delay(25);
  }
}

function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
