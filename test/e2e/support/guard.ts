import { fileURLToPath } from 'node:url';
import type { Cluster } from '../../control-plane/cluster.ts';
import { freePorts } from '../../control-plane/free-port.ts';
import type { Exit, ManagedProcess } from '../../control-plane/processes.ts';
import { type Backend, Balancer, type BalancerOptions } from './balancer.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const RBAC = fileURLToPath(new URL('../../../deploy/manifests/rbac.yaml', import.meta.url));

export interface GuardOptions {
  readonly mode: 'audit' | 'enforce' | 'repair';
  readonly flags?: readonly string[];
  /** Default: straight to the API server, as holdfast's ServiceAccount. */
  readonly kubeconfig?: string;
  /** `serve` and its flags but the addresses, instead of the mode and `flags`. */
  readonly serve?: readonly string[];
  /** Of Node itself. */
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Default 60 s. */
  readonly readyWithinMs?: number;
}

/** One line of holdfast's decision log. */
export interface LoggedDecision {
  readonly time: string;
  readonly hook: 'validate' | 'mutate';
  readonly verdict: 'allow' | 'warn' | 'deny' | 'patch' | 'wouldDeny';
  readonly reason: string;
  readonly service: string;
  readonly ips: string;
  readonly holder?: string;
  readonly user: string;
  readonly told?: string;
}

/** A holdfast process beside a real API server: its own ServiceAccount and role, real TLS, real registration. */
export class Guard implements Backend {
  readonly port: number;
  readonly opsPort: number;
  readonly decisions: LoggedDecision[] = [];
  /** What it logged as an error: reviews without a decision among them. */
  readonly errors: string[] = [];
  readonly #cluster: Cluster;
  #options: GuardOptions;
  readonly #registeredPort: number;
  #process: ManagedProcess | undefined;

  constructor(cluster: Cluster, options: GuardOptions, ports: Backend & { readonly registered: number }) {
    this.#cluster = cluster;
    this.#options = options;
    this.port = ports.port;
    this.opsPort = ports.opsPort;
    this.#registeredPort = ports.registered;
  }

  get process(): ManagedProcess {
    if (this.#process === undefined) throw new Error('holdfast was not started');
    return this.#process;
  }

  /** From the next start on: what another release of the chart brings. */
  change(options: Partial<GuardOptions>): void {
    this.#options = { ...this.#options, ...options };
  }

  /** Starts holdfast without waiting for anything. */
  async launch(): Promise<void> {
    const { mode, flags = [], nodeFlags = [], env = {} } = this.#options;
    this.#process = await this.#cluster.run({
      name: `holdfast-${this.port}`,
      command: process.execPath,
      env,
      args: [
        ...nodeFlags,
        MAIN,
        ...(this.#options.serve ?? ['serve', `--mode=${mode}`, ...flags]),
        `--kubeconfig=${this.#options.kubeconfig ?? this.#cluster.kubeconfig('holdfast')}`,
        `--listen=127.0.0.1:${this.port}`,
        `--ops-listen=127.0.0.1:${this.opsPort}`,
        `--register=url=https://127.0.0.1:${this.#registeredPort}`,
      ],
    });
    this.#process.onLine((line) => this.#note(line));
  }

  /** Starts holdfast and waits until it says that it is ready. */
  async start(): Promise<void> {
    await this.launch();
    await this.process.waitForLine(/"msg":"holdfast is ready"/, this.#options.readyWithinMs ?? 60_000);
  }

  /** Answers of `/readyz`, `/healthz` or `/metrics`. */
  async ops(path: string): Promise<{ readonly status: number; readonly body: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.opsPort}${path}`);
    return { status: answer.status, body: await answer.text() };
  }

  /** How many calls the admission port has answered. */
  async callsAnswered(): Promise<number> {
    const { body } = await this.ops('/metrics');
    const values = [...body.matchAll(/^holdfast_http_answers_total\{[^}]*\} (\d+)$/gm)].map(([, n]) => Number(n));
    return values.reduce((sum, value) => sum + value, 0);
  }

  /** Decisions that refused, or in audit mode would have. */
  refusals(): readonly LoggedDecision[] {
    return this.decisions.filter(({ verdict }) => verdict === 'deny' || verdict === 'wouldDeny');
  }

  /** Redirects and restores; a pin at CREATE repairs nothing. */
  repairs(): readonly LoggedDecision[] {
    return this.decisions.filter(({ reason }) => reason === 'Redirected' || reason === 'Restored');
  }

  kill(): Promise<Exit> {
    return this.process.kill();
  }

  /** SIGTERM, and SIGKILL after `graceMs` (default 10 s). */
  stop(graceMs?: number): Promise<Exit> {
    return this.process.stop(graceMs);
  }

  #note(line: string): void {
    if (line.includes('"level":"error"')) this.errors.push(line);
    if (!line.includes('"verdict"')) return;
    this.decisions.push(JSON.parse(line) as LoggedDecision);
  }
}

/** Several replicas behind one address. */
export interface GuardGroup {
  readonly replicas: readonly Guard[];
  /** Starts all of them and waits until each is ready. */
  start(): Promise<void>;
  refusals(): readonly LoggedDecision[];
  repairs(): readonly LoggedDecision[];
  stop(): void;
}

/** Replicas that can be replaced. */
export interface RollingGuards extends GuardGroup {
  /** Replaces one after the other, as a Deployment does: SIGTERM, wait for the end, start, wait until it is ready. */
  roll(options: Partial<GuardOptions>, stopWithinMs: number): Promise<readonly Exit[]>;
}

/** Prepares a holdfast with the role of `deploy/`; nothing runs until `start` or `launch`. */
export async function prepareGuard(cluster: Cluster, options: GuardOptions): Promise<Guard> {
  await cluster.applyYaml(RBAC);
  const [port = 0, opsPort = 0] = await freePorts(2);
  return new Guard(cluster, options, { port, opsPort, registered: port });
}

/** Prepares `count` replicas behind a balancer. Call `stop` at the end: the balancer lives in this process. */
export async function prepareGuards(
  cluster: Cluster,
  count: number,
  options: GuardOptions & BalancerOptions,
): Promise<RollingGuards> {
  await cluster.applyYaml(RBAC);
  const ports = await freePorts(2 * count);
  const backends = Array.from({ length: count }, (_, i) => ({
    port: ports[2 * i] ?? 0,
    opsPort: ports[2 * i + 1] ?? 0,
  }));
  const balancer = await Balancer.start(backends, options);
  const replicas = backends.map((backend) => new Guard(cluster, options, { ...backend, registered: balancer.port }));
  return {
    replicas,
    start: async () => {
      await Promise.all(replicas.map((replica) => replica.start()));
    },
    roll: async (changes, stopWithinMs) => {
      const exits: Exit[] = [];
      for (const [i, replica] of replicas.entries()) {
        replica.change(changes);
        exits.push(await replica.stop(stopWithinMs));
        await replica.start();
        await balancer.untilReady(backends[i] ?? replica);
      }
      return exits;
    },
    refusals: () => replicas.flatMap((replica) => replica.refusals()),
    repairs: () => replicas.flatMap((replica) => replica.repairs()),
    stop: () => balancer.stop(),
  };
}
