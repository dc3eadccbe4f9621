import http from 'node:http';
import https from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import type { User } from '@kubernetes/client-node';
import type { KubeConfig } from './client-node.ts';
import { at } from './json.ts';
import { TokenFile } from './token-file.ts';

/** What one request needs besides its URL. */
export interface Connection {
  readonly agent: http.Agent;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Credentials {
  /** Valid now: tokens are re-read, exec plugins run, rotated client certificates are taken up. */
  current(): Promise<Connection>;
  /** The server said 401: forget what was cached. */
  refresh(): void;
  close(): void;
}

/** Idle sockets are dropped before the API server (90 s) or a cloud's balancer (60 s) drops them under a request. */
const IDLE_MS = 45_000;
const AGENT: http.AgentOptions = { keepAlive: true, keepAliveMsecs: 30_000, timeout: IDLE_MS, scheduling: 'lifo' };

type TlsOptions = Pick<https.AgentOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'rejectUnauthorized' | 'servername'>;

/**
 * The credentials of a kubeconfig. client-node finds them (certificates, tokens, exec, OIDC); the connections are ours,
 * because client-node 2 makes a new one for each request.
 */
export class KubeconfigCredentials implements Credentials {
  readonly #load: () => KubeConfig;
  #config: KubeConfig;
  #tokenFile: TokenFile | undefined;
  #tls: TlsOptions = {};
  #agent: http.Agent | undefined;

  /** @param load reads the configuration anew; called again after a 401, when its file may have been rotated */
  constructor(load: () => KubeConfig) {
    this.#load = load;
    this.#config = load();
    this.#tokenFile = takeTokenFile(this.#config);
  }

  async current(): Promise<Connection> {
    const options: https.RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    return { agent: this.#agentFor(options), headers: this.#headers(options) };
  }

  refresh(): void {
    try {
      this.#config = this.#load();
      this.#tokenFile = takeTokenFile(this.#config);
    } catch {
      // Half-written or removed: what was loaded before may still be good, and the 401 reaches the caller anyway.
      this.#tokenFile?.refresh();
    }
  }

  close(): void {
    this.#agent?.destroy();
    this.#agent = undefined;
  }

  #headers(options: https.RequestOptions): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) headers[name] = String(value).trim();
    if (options.auth) headers.Authorization = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    if (this.#tokenFile !== undefined) headers.Authorization = `Bearer ${this.#tokenFile.read()}`;
    return headers;
  }

  #agentFor(options: https.RequestOptions): http.Agent {
    const cluster = this.#config.getCurrentCluster();
    if (cluster?.proxyUrl && options.agent instanceof http.Agent) return options.agent;
    if (cluster?.server.startsWith('http:')) {
      this.#agent ??= new http.Agent(AGENT);
      return this.#agent;
    }
    const tls = tlsOf(options);
    if (this.#agent === undefined || !isDeepStrictEqual(tls, this.#tls)) {
      // The old agent is left to end by itself: a watch may be running on it, its idle sockets time out.
      this.#agent = new https.Agent({ ...AGENT, ...tls });
      this.#tls = tls;
    }
    return this.#agent;
  }
}

function tlsOf(options: https.RequestOptions): TlsOptions {
  const { ca, cert, key, passphrase, rejectUnauthorized, servername } = options;
  return Object.fromEntries(
    Object.entries({ ca, cert, key, passphrase, rejectUnauthorized, servername }).filter(([, v]) => v !== undefined),
  );
}

/** Takes a token file out of the current user, so that client-node's slower reader does not see it. */
function takeTokenFile(config: KubeConfig): TokenFile | undefined {
  const user = config.getCurrentUser();
  const file = at(user?.authProvider, 'config', 'tokenFile');
  if (user === null || typeof file !== 'string') return undefined;
  config.users = config.users.map((other) => (other === user ? withoutProvider(other) : other));
  return new TokenFile(file);
}

function withoutProvider(user: User): User {
  const { authProvider: _taken, ...rest } = user;
  return rest;
}
