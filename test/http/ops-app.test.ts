import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import supertest from 'supertest';
import { DecisionFeed } from '../../src/app/decision-feed.ts';
import { createOpsApp, type OpsAppOptions } from '../../src/http/ops-app.ts';

function setup(waitingFor: readonly string[] = [], more: Partial<OpsAppOptions> = {}) {
  return createOpsApp({
    readiness: () => ({ ready: waitingFor.length === 0, waitingFor }),
    metrics: async () => ({ contentType: 'text/plain; version=0.0.4; charset=utf-8', body: 'holdfast_ready 1\n' }),
    page: { state: () => ({}), feed: new DecisionFeed(() => 0), signal: new AbortController().signal },
    ...more,
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
    const app = setup([], { metrics: () => Promise.reject(new Error('no figures')) });
    await supertest(app).get('/metrics').expect(500, '/metrics failed: no figures\n');
  });

  it('answers HEAD without a body, refuses other methods, and knows no other path', async () => {
    await supertest(setup()).head('/readyz').expect(200);
    for (const path of ['/readyz', '/', '/page.js', '/api/state', '/api/decisions']) {
      const answer = await supertest(setup()).post(path).expect(405, `POST ${path} is not allowed; use GET\n`);
      assert.equal(answer.headers.allow, 'GET, HEAD');
    }
    for (const path of ['/debug', '/page', '/index.html', '/../package.json', '/%2e%2e/package.json']) {
      await supertest(setup()).get(path).expect(404);
    }
    await supertest(setup()).get('/debug').expect(404, 'there is no /debug; use /, /healthz, /readyz or /metrics\n');
  });
});
