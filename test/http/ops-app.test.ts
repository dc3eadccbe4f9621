import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import supertest from 'supertest';
import { createOpsApp } from '../../src/http/ops-app.ts';

function setup(waitingFor: readonly string[] = []) {
  return createOpsApp({
    readiness: () => ({ ready: waitingFor.length === 0, waitingFor }),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: 'holdfast_ready 1\n' }),
  });
}

describe('operations port', () => {
  it('says that it lives and is ready', async () => {
    for (const path of ['/healthz', '/readyz']) {
      const answer = await supertest(setup()).get(path).expect(200, 'ok\n');
      assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
      assert.equal(answer.headers['cache-control'], 'no-store');
      assert.equal(answer.headers['x-powered-by'], undefined);
    }
  });

  it('lives, but says line by line what it waits for', async () => {
    const app = setup(['services: first list', 'certificate']);
    await supertest(app).get('/readyz').expect(503, 'not ready, waiting for:\nservices: first list\ncertificate\n');
    await supertest(app).get('/healthz').expect(200, 'ok\n');
  });

  it('shows the metrics', async () => {
    const answer = await supertest(setup()).get('/metrics').expect(200, 'holdfast_ready 1\n');
    assert.equal(answer.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  });

  it('says so when the metrics cannot be made', async () => {
    const metrics = () => Promise.reject(new Error('no figures'));
    const app = createOpsApp({ readiness: () => ({ ready: true, waitingFor: [] }), metrics });
    await supertest(app).get('/metrics').expect(500, '/metrics failed: no figures\n');
  });

  it('answers HEAD without a body, refuses other methods, and knows no other path', async () => {
    await supertest(setup()).head('/readyz').expect(200);
    const answer = await supertest(setup()).post('/readyz').expect(405, 'POST /readyz is not allowed; use GET\n');
    assert.equal(answer.headers.allow, 'GET, HEAD');
    await supertest(setup()).get('/debug').expect(404, 'there is no /debug; use /healthz, /readyz or /metrics\n');
  });
});
