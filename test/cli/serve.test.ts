import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { ServiceMode } from '../../src/app/mode.ts';
import { CRDS, IP_CLAIMS } from '../../src/kube/paths.ts';
import type { AdmissionReviewOut } from '../../src/review/admission-types.ts';
import { type JsonObject, objectAt, objectsAt } from '../../src/review/json.ts';
import { readAll } from '../control-plane/api.ts';
import { stubStorage } from '../demo/seed-stub.ts';
import { statusReview } from '../gen/review.ts';
import { ips, type Mod, type ServiceJson, service } from '../gen/service.ts';
import { StubApiServer } from '../support/stub-apiserver/server.ts';
import { temporaryFolder } from './holdfast-process.ts';
import { registered, registration, type Serving, startServing, untilReady } from './serving.ts';

const WELL = { code: 0, signal: null };

describe('holdfast serve', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let stub: StubApiServer;
  let serving: Serving | undefined;

  beforeEach(async () => {
    folder = temporaryFolder();
    stub = await StubApiServer.start();
  });

  afterEach(async () => {
    await serving?.process.kill();
    serving = undefined;
    await stub.stop();
    folder.remove();
  });

  async function start(mode: ServiceMode = 'enforce'): Promise<Serving> {
    serving = await startServing(stub, folder.path, mode);
    return serving;
  }

  /** A Service as it is in the API server. */
  function stored(name: string, ...mods: readonly Mod[]): ServiceJson {
    return stubStorage(stub).save(service(name, ...mods)) as ServiceJson;
  }

  /** What `kubectl describe` shows of a Service, once there are so many Events. */
  async function eventsOn(name: string, count: number): Promise<readonly string[]> {
    for (const until = Date.now() + 10_000; ; ) {
      const answer = await fetch(`${stub.url}/api/v1/namespaces/default/events`);
      const events = objectsAt((await answer.json()) as JsonObject, 'items').filter((event) => {
        const { kind, name: about, uid } = objectAt(event, 'involvedObject');
        return kind === 'Service' && about === name && uid === `uid-${name}`;
      });
      if (events.length >= count)
        return events.map(({ type, reason, message }) => [type, reason, message].join(' ')).sort();
      assert.ok(Date.now() < until, `there are ${events.length} Events`);
    }
  }

  async function readyz({ ops }: Serving): Promise<{ readonly status: number; readonly body: string }> {
    const answer = await fetch(`${ops}/readyz`);
    return { status: answer.status, body: await answer.text() };
  }

  test('waits for an API server that is down, says so and is not ready; SIGTERM ends it with 0', async () => {
    await stub.refuse();
    const holdfast = await start();
    const line = await holdfast.process.waitForLine(/waiting for the serving certificate/);
    assert.ok(line.includes(`cannot reach ${stub.url} (ECONNREFUSED): is the API server up?`), line);
    assert.deepEqual(await readyz(holdfast), {
      status: 503,
      body: [
        'not ready, waiting for:',
        'the first complete list of Services',
        'the first complete list of IPAddressPools',
        'the first complete list of Namespaces',
        'the first complete list of IPClaims',
        'claims for the IPs that were assigned before',
        'the serving certificate',
        'the webhook configuration',
        '',
      ].join('\n'),
    });
    assert.equal((await fetch(`${holdfast.ops}/healthz`)).status, 200);
    assert.deepEqual(await holdfast.process.stop(), WELL);
  });

  test('becomes ready by itself when the API server comes up', async () => {
    await stub.refuse();
    const holdfast = await start();
    await holdfast.process.waitForLine(/waiting for the serving certificate/);
    await stub.listen();
    await untilReady(holdfast);
    assert.deepEqual(await readyz(holdfast), { status: 200, body: 'ok\n' });
    assert.match(registration(stub).url, /^https:\/\/127\.0\.0\.1:\d+\/validate/);
  });

  test('registers the mutating hook in repair, after the definition of claims, and answers it with a patch', async () => {
    const mover = stored('mover', ips('192.0.2.7'));
    const holdfast = await start('repair');
    await untilReady(holdfast);
    assert.notEqual(stub.read(`${CRDS}/ipclaims.holdfast.dev`), undefined);
    assert.notEqual(stub.read(`${IP_CLAIMS}/192.0.2.7`), undefined);
    const { url, ca } = registered(stub, 'mutate') ?? assert.fail('there is no mutating hook on the status');
    assert.match(url, /^https:\/\/127\.0\.0\.1:\d+\/mutate/);
    const review = statusReview(mover, ips('192.0.2.9')(mover));
    const call = request(url, { method: 'POST', ca, headers: { 'content-type': 'application/json' } });
    const [response] = (await once(call.end(JSON.stringify(review)), 'response')) as [IncomingMessage];
    const answer = (JSON.parse(await readAll(response)) as AdmissionReviewOut).response;
    assert.deepEqual(
      [answer.allowed, answer.auditAnnotations?.reason, answer.patchType],
      [true, 'Restored', 'JSONPatch'],
    );
    await holdfast.process.waitForLine(/repaired: Restored/);
    assert.deepEqual(await eventsOn('mover', 2), [
      'Normal Adopted 192.0.2.7 is claimed for this Service, which had it already.',
      'Normal Restored Service default/mover keeps 192.0.2.7: nothing asks for another IP.',
    ]);
    assert.deepEqual(await holdfast.process.stop(), WELL);
  });

  test('takes the mutating hook back when it is started in enforce again', async () => {
    for (const mode of ['repair', 'enforce'] as const) {
      const holdfast = await start(mode);
      await untilReady(holdfast);
      assert.equal(registered(stub, 'mutate') !== undefined, mode === 'repair');
      assert.deepEqual(await holdfast.process.stop(), WELL);
    }
  });

  test('answers the call that is open when SIGTERM comes, and ends with 0', async () => {
    const holdfast = await start();
    await untilReady(holdfast);
    const { url, ca } = registration(stub);
    const was = stored('a');
    const review = JSON.stringify(statusReview(was, ips('192.0.2.7')(was)));
    const open = request(url, { method: 'POST', ca, headers: { 'content-type': 'application/json' } });
    await halfSent(open, review.slice(0, 100));
    const exited = holdfast.process.stop();
    await holdfast.process.waitForLine(/"signal":"SIGTERM"/);
    assert.deepEqual(await readyz(holdfast), {
      status: 503,
      body: 'not ready, waiting for:\nthe end: shutting down\n',
    });
    open.end(review.slice(100));
    const [response] = (await once(open, 'response')) as [IncomingMessage];
    const { response: answer } = JSON.parse(await readAll(response)) as AdmissionReviewOut;
    assert.deepEqual([response.statusCode, response.headers.connection, answer.allowed], [200, 'close', true]);
    assert.deepEqual(await exited, WELL);
  });
});

/** Sends the head of a request and a piece of its body, and waits until they have left. */
async function halfSent(open: ClientRequest, piece: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    open.once('error', reject);
    open.write(piece, () => resolve());
  });
}
