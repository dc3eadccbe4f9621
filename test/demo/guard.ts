import { Agent, request } from 'node:https';
import type { AdmissionResponseOut, AdmissionReviewOut } from '../../src/review/admission-types.ts';
import type { JsonObject } from '../../src/review/json.ts';
import { registration, type Serving, startServing, untilReady } from '../cli/serving.ts';
import { readAll } from '../control-plane/api.ts';
import type { StubApiServer } from '../support/stub-apiserver/server.ts';

/** A holdfast process beside a stub API server, called as kube-apiserver calls it: over TLS, as it has registered. */
export class DemoGuard {
  readonly #serving: Serving;
  readonly #agent: Agent;
  readonly #url: string;

  private constructor(serving: Serving, { url, ca }: { readonly url: string; readonly ca: string }) {
    this.#serving = serving;
    this.#agent = new Agent({ keepAlive: true, ca });
    this.#url = url;
  }

  /** Starts `holdfast serve --mode enforce` and waits until it is ready and registered. */
  static async start(stub: StubApiServer, folder: string): Promise<DemoGuard> {
    const serving = await startServing(stub, folder);
    await untilReady(serving);
    return new DemoGuard(serving, registration(stub));
  }

  /** Posts one AdmissionReview. @throws Error unless holdfast decides */
  async ask(review: JsonObject): Promise<AdmissionResponseOut> {
    const { status, text } = await this.#post(Buffer.from(JSON.stringify(review)));
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

  #post(body: Buffer): Promise<{ readonly status: number; readonly text: string }> {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    return new Promise((resolve, reject) => {
      const call = request(this.#url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        readAll(response).then((text) => resolve({ status: response.statusCode ?? 0, text }), reject);
      });
      call.once('error', reject).end(body);
    });
  }
}
