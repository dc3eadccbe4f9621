import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgram } from '../../bench/support/process.ts';
import { temporaryFolder } from '../cli/holdfast-process.ts';
import { registration, type Serving, startServing, untilReady } from '../cli/serving.ts';
import { stubStorage } from '../demo/seed-stub.ts';
import { statusReview } from '../gen/review.ts';
import { annotations, ips, service } from '../gen/service.ts';
import { IP_ADDRESS_POOL } from '../support/stub-apiserver/resources.ts';
import { StubApiServer } from '../support/stub-apiserver/server.ts';
import type { LoadOrder, LoadResult, Phase } from './load.ts';

const LOAD = fileURLToPath(new URL('load.ts', import.meta.url));
const PLACEHOLDER = 'REVIEW-UID--------------------------';
const SERVICES = 200;
/** Brings a review to the 4 KB that one of a real Service has. */
const PADDING = { 'example.com/notes': 'n'.repeat(1_400) };
const SAMPLE_MS = 250;

/** Resident memory of the server at a moment of a phase, MiB. */
export interface Memory {
  readonly phase: string;
  readonly rssMib: number;
}

/** What the callers saw, and what the server needed. */
export interface Loaded extends LoadResult {
  readonly memory: readonly Memory[];
}

/** What the server itself has counted since its start. */
export interface Counted {
  readonly refusedReviews: number;
  readonly refusedConnections: number;
}

/** A real holdfast in a process of its own, beside a stub API server with Services that all have their IPs. */
export class Victim {
  readonly #stub: StubApiServer;
  readonly #serving: Serving;
  readonly #folder: ReturnType<typeof temporaryFolder>;
  readonly #files: { readonly caFile: string; readonly bodiesFile: string };

  private constructor(stub: StubApiServer, serving: Serving, folder: ReturnType<typeof temporaryFolder>) {
    this.#stub = stub;
    this.#serving = serving;
    this.#folder = folder;
    this.#files = { caFile: join(folder.path, 'ca.crt'), bodiesFile: join(folder.path, 'bodies.ndjson') };
    writeFileSync(this.#files.caFile, registration(stub).ca);
    writeFileSync(this.#files.bodiesFile, `${bodies().join('\n')}\n`);
  }

  /** @throws Error when it does not become ready */
  static async start(): Promise<Victim> {
    const folder = temporaryFolder();
    const stub = await StubApiServer.start({ resources: [IP_ADDRESS_POOL] });
    stub.put('/api/v1/namespaces', { metadata: { name: 'default' } });
    stub.put('/apis/metallb.io/v1beta1/ipaddresspools', {
      metadata: { namespace: 'metallb-system', name: 'overload' },
      spec: { addresses: ['10.77.0.0/16'] },
    });
    const storage = stubStorage(stub);
    for (let n = 0; n < SERVICES; n += 1) storage.save(assigned(n));
    const serving = await startServing(stub, folder.path, 'enforce');
    await untilReady(serving);
    return new Victim(stub, serving, folder);
  }

  /** Lets callers in another process call, and samples the server's memory meanwhile. */
  async load(phases: readonly Phase[], how: Pick<LoadOrder, 'timeoutMs' | 'maxConnections'>): Promise<Loaded> {
    const port = Number(new URL(registration(this.#stub).url).port);
    const order: LoadOrder = { port, ...this.#files, ...how, phases };
    const program = startProgram({ command: process.execPath, args: [LOAD, JSON.stringify(order)] });
    const memory: Memory[] = [];
    let phase = '';
    const sampling = setInterval(() => memory.push({ phase, rssMib: this.#rssMib() }), SAMPLE_MS);
    try {
      for (;;) {
        const line = JSON.parse(await program.nextLine()) as LoadResult | { readonly phase: string };
        if (!('phase' in line)) return { ...line, memory };
        phase = line.phase;
      }
    } finally {
      clearInterval(sampling);
      await program.stop();
    }
  }

  async counted(): Promise<Counted> {
    const text = await (await fetch(`${this.#serving.ops}/metrics`)).text();
    const value = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
    return {
      refusedReviews: value('holdfast_abstentions_total\\{reason="Overloaded"\\}'),
      refusedConnections: value('holdfast_connections_refused_total'),
    };
  }

  async stop(): Promise<void> {
    await this.#serving.process.stop();
    await this.#stub.stop();
    this.#folder.remove();
  }

  #rssMib(): number {
    const status = readFileSync(`/proc/${this.#serving.process.pid}/status`, 'utf8');
    return Math.round(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024);
  }
}

function assigned(n: number) {
  return service(`s${n}`, annotations(PADDING), ips(`10.77.${n >> 8}.${n & 255}`));
}

/** Writes that change nothing, and writes that take an IP away: half of the decisions are refusals. */
function bodies(): readonly string[] {
  return Array.from({ length: SERVICES }, (_, n) => {
    const was = assigned(n);
    return JSON.stringify(statusReview(was, n % 2 === 0 ? was : ips()(was), { uid: PLACEHOLDER }));
  });
}
