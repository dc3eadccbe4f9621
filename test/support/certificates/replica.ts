import type { AddressInfo } from 'node:net';
import type { CertificateTiming, Lifetimes } from '../../../src/certs/lifetimes.ts';
import { type CertificateParts, certificatesOf } from '../../../src/cli/certificates/certificates.ts';
import { loadConfig } from '../../../src/config/load.ts';
import type { Config } from '../../../src/config/schema.ts';
import type { RawSettings } from '../../../src/config/source.ts';
import { type RunningTlsServer, startTlsServer } from '../../../src/http/tls-server.ts';
import { createClient } from '../../../src/kube/client.ts';
import { loadCluster } from '../../../src/kube/cluster.ts';
import type { KubeClient } from '../../../src/kube/kube-client.ts';
import type { Log } from '../../../src/telemetry/log.ts';

/** One line that a replica logged. */
export interface Said {
  readonly level: string;
  readonly text: string;
}

export interface ReplicaOptions {
  /** A kubeconfig file. */
  readonly kubeconfig: string;
  readonly flags: RawSettings;
  readonly hurried?: { readonly lifetimes: Lifetimes; readonly timing: CertificateTiming };
  /** Added to the time of this replica, in ms: a clock that is wrong. */
  readonly clockOffMs?: number;
}

/** The certificate side of a holdfast: everything of `serve` but the decisions; every call is answered. */
export class CertificateReplica {
  readonly said: Said[] = [];
  readonly expiries = new Map<string, number>();
  registered: boolean | undefined;
  readonly client: KubeClient;
  readonly #leaving = new AbortController();
  readonly #parts: CertificateParts;
  readonly #config: Config;
  #tls: RunningTlsServer | undefined;
  #kept: Promise<void> | undefined;

  constructor({ kubeconfig, flags, hurried, clockOffMs = 0 }: ReplicaOptions) {
    const loaded = loadConfig({ values: flags });
    if (loaded.kind !== 'config') throw new Error(JSON.stringify(loaded.problems));
    this.#config = loaded.config;
    this.client = createClient(loadCluster({ kubeconfig }), { version: 'test', timeoutMs: 5_000 });
    this.#parts = certificatesOf({
      config: loaded.config,
      client: this.client,
      log: recorder(this.said),
      metrics: {
        certificateExpires: (which, at) => this.expiries.set(which, at),
        registered: (registered) => {
          this.registered = registered;
        },
      },
      clock: { now: () => Date.now() + clockOffMs, monotonic: () => performance.now() },
      signal: this.#leaving.signal,
      ...(hurried === undefined ? {} : { hurried }),
    });
  }

  get address(): AddressInfo {
    if (this.#tls === undefined) throw new Error('the replica is not open');
    return this.#tls.address;
  }

  /** Reads or makes the certificate, opens the port, registers. */
  async open(): Promise<void> {
    const { keeper, clientCa } = this.#parts;
    const certificate = await keeper.first();
    if (certificate === undefined) throw new Error('no certificate');
    const clients =
      clientCa && this.#config.clientCheck
        ? { ca: await clientCa.read(), names: this.#config.clientCheck.names }
        : undefined;
    this.#tls = await startTlsServer({
      host: '127.0.0.1',
      port: 0,
      certificate,
      clients,
      onRefused: (why) => this.said.push({ level: 'refused', text: why }),
      app: (request, response) => request.resume().on('end', () => response.end('{"allowed":true}')),
    });
    keeper.serveWith(this.#tls);
    await keeper.register();
  }

  /** One round at once. */
  round(): Promise<void> {
    return this.#parts.keeper.round();
  }

  /** Rounds until `stop`. */
  run(): void {
    this.#kept = this.#parts.keeper.run();
  }

  /** All that was said, at `warn` and above. */
  get warnings(): readonly string[] {
    return this.said.filter(({ level }) => level !== 'info' && level !== 'debug').map(({ text }) => text);
  }

  async stop(): Promise<void> {
    this.#leaving.abort();
    await this.#kept;
    await this.#tls?.close({ drainMs: 1000, lameDuckMs: 0 });
    this.client.close();
  }
}

function recorder(said: Said[]): Log {
  const at = (level: string) => (_fields: unknown, text: string) => void said.push({ level, text });
  const log: Log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), child: () => log };
  return log;
}
