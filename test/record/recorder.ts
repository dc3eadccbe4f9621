import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { CertificateBundle } from '../../src/certs/certificate-bundle.ts';
import { makeBundle } from '../../src/certs/self-signed.ts';
import { webhookConfigurations } from '../../src/kube/webhook-config.ts';
import type { JsonObject } from '../../src/review/json.ts';
import { objectAt } from '../../src/review/json.ts';
import type { Cluster } from '../control-plane/cluster.ts';
import type { Manifest } from '../control-plane/kube-types.ts';

/**
 * A webhook that allows everything and keeps the AdmissionReviews in the order in which the API server asked. It is
 * registered exactly as holdfast's validating hook is, and besides for CREATE, UPDATE and DELETE of the Services themselves, which a guard
 * learns from its watch.
 */
export class Recorder {
  readonly reviews: JsonObject[] = [];
  readonly #server: Server;
  readonly #ca: string;
  #recording = false;
  #calls = 0;

  private constructor(bundle: CertificateBundle) {
    this.#ca = bundle.ca;
    this.#server = createServer({ key: bundle.key, cert: bundle.cert }, (request, response) => {
      void this.#take(request).then((answer) => {
        response.writeHead(200, { 'Content-Type': 'application/json' });
        response.end(answer);
      });
    });
  }

  /** Listens on a free port of loopback. */
  static async start(): Promise<Recorder> {
    const recorder = new Recorder(await makeBundle({ dnsNames: [], ips: ['127.0.0.1'], now: Date.now() }));
    recorder.#server.listen(0, '127.0.0.1');
    await once(recorder.#server, 'listening');
    return recorder;
  }

  /** Makes the API server ask from now on; it takes notice within a second. */
  async register(cluster: Cluster): Promise<void> {
    const url = `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    const guard = webhookConfigurations({
      endpoint: { kind: 'url', url },
      caBundle: this.#ca,
      mode: 'enforce',
      metallbNamespace: 'metallb-system',
      pinAtCreate: false,
      metallbUsers: [],
      lbClasses: [],
    });
    await cluster.applyObjects([...guard, ...guard.map(alsoServices)] as unknown as readonly Manifest[]);
  }

  /** Keeps what comes from now on. @throws Error when the API server has not asked for anything yet */
  begin(): void {
    if (this.#calls === 0) throw new Error('the API server never called the recorder: nothing would be recorded');
    this.#recording = true;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #take(request: IncomingMessage): Promise<string> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const review = JSON.parse(Buffer.concat(chunks).toString('utf8')) as JsonObject;
    this.#calls += 1;
    if (this.#recording) this.reviews.push(review);
    const { uid } = objectAt(review, 'request');
    return JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid, allowed: true },
    });
  }
}

/** The same registration for the Services themselves, where every write counts. */
function alsoServices(configuration: ReturnType<typeof webhookConfigurations>[number]): object {
  const webhooks = configuration.webhooks.map((webhook) => ({
    ...webhook,
    name: 'services.recorder.test',
    rules: webhook.rules.map((rule) => ({
      ...rule,
      operations: ['CREATE', 'UPDATE', 'DELETE'],
      resources: ['services'],
    })),
    matchConditions: [],
  }));
  return { ...configuration, metadata: { name: 'recorder' }, webhooks };
}
