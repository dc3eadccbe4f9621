import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { inspectCertificate } from '../../src/certs/inspect.ts';
import { readCertificates } from '../../src/certs/pem.ts';
import { Caller, registeredCa } from '../support/certificates/caller.ts';
import { CertificateReplica } from '../support/certificates/replica.ts';
import { StubApiServer } from '../support/stub-apiserver/server.ts';
import { temporaryFolder } from './holdfast-process.ts';
import { writeKubeconfig } from './serving.ts';

const ROTATIONS = 50;
const WITHIN_MS = 120_000;
const SECRET = '/api/v1/namespaces/holdfast-system/secrets/holdfast-certificate';

/** Certificates that live for seconds and are replaced almost at once, so that 50 fit into a test; API servers hear late. */
const HURRIED = {
  lifetimes: { caMs: 220_000, leafMs: 40_000, renewAt: 0.015, skewMs: 500 },
  timing: { checkEveryMs: 150, settleMs: 200, overlapMs: 1_000 },
};
const API_SERVER_LAG_MS = 100;

test(`${ROTATIONS} rotations with 2 replicas under constant calls, each checked as the API server does: none fails`, async () => {
  const folder = temporaryFolder();
  const stub = await StubApiServer.start();
  const kubeconfig = writeKubeconfig(stub, folder.path);
  const flags = { register: 'url=https://guard.test:8443', mode: 'repair' };
  const replicas = [0, 1].map(() => new CertificateReplica({ kubeconfig, flags, hurried: HURRIED }));
  const ports = () => replicas.map((replica) => replica.address.port);
  const caller = new Caller({ stub, host: 'guard.test', ports, lagMs: API_SERVER_LAG_MS, everyMs: 25 });
  const cas = new Set<string>();
  let most = 0;
  try {
    await Promise.all(replicas.map((replica) => replica.open()));
    for (const replica of replicas) replica.run();
    caller.start(4);
    const startedAt = performance.now();
    while (caller.calls.serials.size <= ROTATIONS && performance.now() - startedAt < WITHIN_MS) {
      const trusted = readCertificates(registeredCa(stub) ?? '', 'the caBundle');
      for (const ca of trusted) cas.add(ca.fingerprint256);
      most = Math.max(most, trusted.length);
      await delay(20);
    }
    const { made, failures, serials } = await caller.stop();
    assert.deepEqual(failures.slice(0, 5), []);
    assert.ok(serials.size > ROTATIONS, `only ${serials.size - 1} rotations`);
    assert.ok(cas.size > 2, `only ${cas.size} CAs`);
    assert.ok(made > 5 * ROTATIONS, `only ${made} calls`);
    // Old CAs leave: the Secret holds the newest and at most its predecessor.
    const data = (stub.read(SECRET) as { data: Record<string, string> }).data;
    const kept = readCertificates(Buffer.from(data['ca.crt'] ?? '', 'base64').toString(), 'ca.crt');
    assert.ok(kept.length <= 2, `${kept.length} CAs in the Secret`);
    assert.ok(most <= 4, `${most} CAs in the caBundle`);
    assert.deepEqual(
      replicas.flatMap(({ warnings }) => warnings),
      [],
    );
    for (const { expiries } of replicas) {
      assert.equal(new Date(expiries.get('tls') ?? 0) > new Date(), true, 'the metric follows what is served');
    }
    assert.ok(inspectCertificate(kept[0].toString()).isCa);
    console.log(
      `# ${serials.size - 1} rotations, ${cas.size} CAs, ${made} calls, ${Math.round(performance.now() - startedAt)} ms`,
    );
  } finally {
    await caller.stop();
    await Promise.all(replicas.map((replica) => replica.stop()));
    await stub.stop();
    folder.remove();
  }
});
