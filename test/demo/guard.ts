import { Agent, request } from 'node:https';
import type { ServiceMode } from '../../src/app/mode.ts';
import type { Hooks } from '../../src/app/play.ts';
import type { AdmissionResponseOut, AdmissionReviewOut, Hook } from '../../src/review/admission-types.ts';
import type { JsonObject } from '../../src/review/json.ts';
import { registered, registration, type Serving, startServing, untilReady } from '../cli/serving.ts';
import { readAll } from '../control-plane/api.ts';
import type { StubApiServer } from '../support/stub-apiserver/server.ts';

/** A holdfast process beside a stub API server, called as kube-apiserver calls it: over TLS, as it has registered. */
export class DemoGuard {
  readonly #serving: Serving;
  readonly #agent: Agent;
  readonly #urls: Readonly<Record<Hook, string | undefined>>;

  private constructor(serving: Serving, stub: StubApiServer) {
    this.#serving = serving;
    const { url, ca } = registration(stub);
    this.#agent = new Agent({ keepAlive: true, ca });
    this.#urls = { validate: url, mutate: registered(stub, 'mutate')?.url };
  }

  /** Starts `holdfast serve` in this mode and waits until it is ready and registered. */
  static async start(stub: StubApiServer, folder: string, mode: ServiceMode): Promise<DemoGuard> {
    const serving = await startServing(stub, folder, mode);
    await untilReady(serving);
    return new DemoGuard(serving, stub);
  }

  get pid(): number {
    return this.#serving.process.pid;
  }

  /** The operations port, `http://HOST:PORT`. */
  get ops(): string {
    return this.#serving.ops;
  }

  /** The hooks that it has registered. @param hear is told of every answer */
  hooks(hear: (answer: AdmissionResponseOut, ms: number) => void = () => {}): Hooks {
    const at = (url: string) => async (review: JsonObject) => {
      const startedAt = performance.now();
      const answer = await this.#ask(url, review);
      hear(answer, performance.now() - startedAt);
      return answer;
    };
    const { mutate, validate = '' } = this.#urls;
    return { mutate: mutate === undefined ? undefined : at(mutate), validate: at(validate) };
  }

  /** Posts one AdmissionReview. @throws Error unless holdfast decides */
  async #ask(url: string, review: JsonObject): Promise<AdmissionResponseOut> {
    const { status, text } = await this.#post(url, Buffer.from(JSON.stringify(review)));
    if (status !== 200) throw new Error(`holdfast answered HTTP ${status}: ${text}`);
    return (JSON.parse(text) as AdmissionReviewOut).response;
  }

  /** SIGTERM. @throws Error when holdfast does not end well */
  async stop(): Promise<void> {
    this.#agent.destroy();
    const { process } = this.#serving;
    const { code, signal } = await process.stop();
    if (code === 0) return;
    const last = process.tail().split('\n').slice(-5).join('\n');
    throw new Error(`holdfast ended with ${signal ?? code}; its last lines:\n${last}`);
  }

  #post(url: string, body: Buffer): Promise<{ readonly status: number; readonly text: string }> {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    return new Promise((resolve, reject) => {
      const call = request(url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        readAll(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
      });
      call.once('error', reject).end(body);
    });
  }
}
