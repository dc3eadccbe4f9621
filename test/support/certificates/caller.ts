import { Agent, request } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { TLSSocket } from 'node:tls';
import { VALIDATING_WEBHOOKS } from '../../../src/kube/paths.ts';
import { objectAt, objectsAt, stringAt } from '../../../src/review/json.ts';
import type { StubApiServer } from '../stub-apiserver/server.ts';

/** What became of the calls. */
export interface Calls {
  readonly made: number;
  readonly failures: readonly string[];
  /** Serial numbers of the serving certificates that were shown. */
  readonly serials: ReadonlySet<string>;
}

export interface CallerOptions {
  readonly stub: StubApiServer;
  /** The host in the registered URL; connections go to the ports, in turn. */
  readonly host: string;
  readonly ports: () => readonly number[];
  /** How long an API server takes to hear of a changed webhook configuration, in ms. */
  readonly lagMs: number;
  readonly everyMs: number;
}

/** The CA (PEM) of the webhook that has the last word, as it is registered now; undefined when there is none. */
export function registeredCa(stub: StubApiServer): string | undefined {
  const [webhook] = objectsAt(stub.read(`${VALIDATING_WEBHOOKS}/holdfast`) ?? {}, 'webhooks');
  const ca = webhook && stringAt(objectAt(webhook, 'clientConfig'), 'caBundle');
  return ca === undefined ? undefined : Buffer.from(ca, 'base64').toString('utf8');
}

/**
 * Calls a webhook as an API server does: over TLS checked against the caBundle of the webhook configuration, as it was a
 * moment ago (it follows it by a watch). Half of the calls go over a new connection, half over ones that are kept.
 */
export class Caller {
  readonly #options: CallerOptions;
  readonly #failures: string[] = [];
  readonly #serials = new Set<string>();
  readonly #kept = new Map<string, Agent>();
  /** The registered CA by the time it was first seen, newest last. */
  readonly #history: { readonly at: number; readonly ca: string | undefined }[] = [];
  #made = 0;
  #stopped = false;
  #ended: Promise<unknown> | undefined;

  constructor(options: CallerOptions) {
    this.#options = options;
  }

  /** @param workers how many calls are under way at once */
  start(workers: number): void {
    this.#ended = Promise.all(Array.from({ length: workers }, (_, worker) => this.#work(worker)));
  }

  get calls(): Calls {
    return { made: this.#made, failures: this.#failures, serials: this.#serials };
  }

  async stop(): Promise<Calls> {
    this.#stopped = true;
    await this.#ended;
    for (const agent of this.#kept.values()) agent.destroy();
    return this.calls;
  }

  async #work(worker: number): Promise<void> {
    for (let turn = worker; !this.#stopped; turn++) {
      const ca = this.#caAsHeard();
      const port = this.#options.ports()[turn % this.#options.ports().length];
      if (port !== undefined && ca !== undefined) await this.#call(port, ca, worker % 2 === 0);
      await delay(this.#options.everyMs);
    }
  }

  #caAsHeard(): string | undefined {
    const now = performance.now();
    const ca = registeredCa(this.#options.stub);
    if (this.#history.at(-1)?.ca !== ca || this.#history.length === 0) this.#history.push({ at: now, ca });
    while (this.#history.length > 1 && (this.#history[1]?.at ?? now) <= now - this.#options.lagMs)
      this.#history.shift();
    return this.#history[0]?.ca;
  }

  /** The API server keeps connections for as long as the configuration stays the same. */
  #agentFor(ca: string, port: number): Agent {
    const key = `${port} ${ca}`;
    const known = this.#kept.get(key) ?? new Agent({ keepAlive: true, maxCachedSessions: 0, ca });
    this.#kept.set(key, known);
    return known;
  }

  async #call(port: number, ca: string, keep: boolean): Promise<void> {
    this.#made++;
    const agent = keep ? this.#agentFor(ca, port) : new Agent({ keepAlive: false, maxCachedSessions: 0, ca });
    const { host } = this.#options;
    await new Promise<void>((resolve) => {
      const fail = (error: Error): void => {
        this.#failures.push(`call ${this.#made}: ${error.message}`);
        resolve();
      };
      const call = request(
        { host: '127.0.0.1', port, servername: host, headers: { host }, path: '/validate', method: 'POST', agent },
        (response) => {
          this.#serials.add((response.socket as TLSSocket).getPeerCertificate().serialNumber);
          if (response.statusCode !== 200) fail(new Error(`HTTP ${response.statusCode}`));
          response.on('error', fail).on('end', resolve).resume();
        },
      );
      call.on('error', fail).end('{}');
    });
    if (!keep) agent.destroy();
  }
}
