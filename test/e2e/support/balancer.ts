import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** One replica behind the balancer. */
export interface Backend {
  readonly port: number;
  /** `/readyz` is asked here. */
  readonly opsPort: number;
}

/** What a balancer may be told. */
export interface BalancerOptions {
  /** How long a change of readiness takes to arrive, in ms: endpoints and kube-proxy are not instant. Default 0. */
  readonly lagMs?: number;
}

const PROBE_EVERY_MS = 500;
const PROBE_TIMEOUT_MS = 1_000;
/** As a kubelet: a replica that says it is not ready, or is gone, is left at once; one that is slow to say it, later. */
const SLOW_PROBES = 3;

/**
 * A TCP balancer as a Kubernetes Service is one: new connections go in turn to the replicas that are ready, open
 * connections stay where they are.
 */
export class Balancer {
  readonly port: number;
  readonly #server: Server;
  readonly #backends: readonly Backend[];
  readonly #ready = new Set<Backend>();
  readonly #sockets = new Set<Socket>();
  readonly #lagMs: number;
  /** Who waits for a probe of whom to find it ready. */
  readonly #waiting = new Map<Backend, () => void>();
  #turn = 0;
  #stopped = false;

  private constructor(server: Server, port: number, backends: readonly Backend[], { lagMs = 0 }: BalancerOptions) {
    this.#lagMs = lagMs;
    this.#server = server;
    this.port = port;
    this.#backends = backends;
    server.on('connection', (client: Socket) => this.#pass(client));
    for (const backend of backends) void this.#probe(backend);
  }

  static start(backends: readonly Backend[], options: BalancerOptions = {}): Promise<Balancer> {
    const server = createServer();
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        const address = server.address();
        const port = typeof address === 'object' && address !== null ? address.port : 0;
        resolve(new Balancer(server, port, backends, options));
      });
    });
  }

  /** Resolves when a probe from now on finds the replica ready: what a Deployment waits for before it goes on. */
  untilReady(backend: Backend): Promise<void> {
    return new Promise((resolve) => this.#waiting.set(backend, resolve));
  }

  stop(): void {
    this.#stopped = true;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  #pass(client: Socket): void {
    const candidates = this.#backends.filter((backend) => this.#ready.has(backend));
    const chosen = (candidates.length > 0 ? candidates : this.#backends)[this.#turn++ % Math.max(1, candidates.length)];
    if (chosen === undefined) {
      client.destroy();
      return;
    }
    const upstream = connect({ host: '127.0.0.1', port: chosen.port });
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }

  async #probe(backend: Backend): Promise<void> {
    const url = `http://127.0.0.1:${backend.opsPort}/readyz`;
    for (let slow = 0; !this.#stopped; ) {
      const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
      const ok = await fetch(url, { signal }).then(
        (answer) => answer.ok,
        () => (signal.aborted ? 'slow' : false),
      );
      slow = ok === 'slow' ? slow + 1 : 0;
      if (ok !== 'slow') void this.#learn(backend, ok);
      else if (slow >= SLOW_PROBES) void this.#learn(backend, false);
      await delay(PROBE_EVERY_MS, undefined, { ref: false });
    }
  }

  async #learn(backend: Backend, ready: boolean): Promise<void> {
    if (ready) this.#waiting.get(backend)?.();
    if (this.#lagMs > 0) await delay(this.#lagMs, undefined, { ref: false });
    if (ready) this.#ready.add(backend);
    else this.#ready.delete(backend);
  }
}
