import { fileURLToPath } from 'node:url';
import type { Cluster } from '../../control-plane/cluster.ts';
import { freePorts } from '../../control-plane/free-port.ts';
import type { Exit, ManagedProcess } from '../../control-plane/processes.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const RBAC = fileURLToPath(new URL('../../../deploy/manifests/rbac.yaml', import.meta.url));

export interface GuardOptions {
  readonly mode: 'audit' | 'enforce';
  readonly flags?: readonly string[];
  /** Default 60 s. */
  readonly readyWithinMs?: number;
}

/** One line of holdfast's decision log. */
export interface LoggedDecision {
  readonly time: string;
  readonly verdict: 'allow' | 'deny' | 'patch' | 'wouldDeny';
  readonly reason: string;
  readonly service: string;
  readonly ips: string;
  readonly holder?: string;
  readonly user: string;
  readonly told?: string;
}

/** A holdfast process beside a real API server: its own ServiceAccount and role, real TLS, real registration. */
export class Guard {
  readonly #cluster: Cluster;
  readonly #options: GuardOptions;
  readonly #ports: { readonly admission: number; readonly ops: number };
  readonly decisions: LoggedDecision[] = [];
  #process: ManagedProcess | undefined;

  constructor(cluster: Cluster, options: GuardOptions, ports: { admission: number; ops: number }) {
    this.#cluster = cluster;
    this.#options = options;
    this.#ports = ports;
  }

  get process(): ManagedProcess {
    if (this.#process === undefined) throw new Error('holdfast was not started');
    return this.#process;
  }

  /** Starts holdfast without waiting for anything. */
  async launch(): Promise<void> {
    const { mode, flags = [] } = this.#options;
    const { admission, ops } = this.#ports;
    this.#process = await this.#cluster.run({
      name: 'holdfast',
      command: process.execPath,
      args: [
        MAIN,
        'serve',
        ...['--kubeconfig', this.#cluster.kubeconfig('holdfast'), '--mode', mode],
        ...['--listen', `127.0.0.1:${admission}`, '--ops-listen', `127.0.0.1:${ops}`],
        ...['--register', `url=https://127.0.0.1:${admission}`, ...flags],
      ],
    });
    this.#process.onLine((line) => this.#note(line));
  }

  /** Starts holdfast and waits until `/readyz` says so. */
  async start(): Promise<void> {
    await this.launch();
    await this.process.waitForLine(/"msg":"holdfast is ready"/, this.#options.readyWithinMs ?? 60_000);
  }

  /** Answers of `/readyz`, `/healthz` or `/metrics`. */
  async ops(path: string): Promise<{ readonly status: number; readonly body: string }> {
    const answer = await fetch(`http://127.0.0.1:${this.#ports.ops}${path}`);
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

  kill(): Promise<Exit> {
    return this.process.kill();
  }

  stop(): Promise<Exit> {
    return this.process.stop();
  }

  #note(line: string): void {
    if (!line.includes('"verdict"')) return;
    this.decisions.push(JSON.parse(line) as LoggedDecision);
  }
}

/** Prepares a holdfast with the role of `deploy/`; nothing runs until `start` or `launch`. */
export async function prepareGuard(cluster: Cluster, options: GuardOptions): Promise<Guard> {
  await cluster.applyYaml(RBAC);
  const [admission = 0, ops = 0] = await freePorts(2);
  return new Guard(cluster, options, { admission, ops });
}
