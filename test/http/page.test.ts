import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, describe, it } from 'node:test';
import supertest from 'supertest';
import { DecisionFeed } from '../../src/app/decision-feed.ts';
import { MOST_STREAMS } from '../../src/http/event-streams.ts';
import { createOpsApp } from '../../src/http/ops-app.ts';
import { type RunningServer, startPlainServer } from '../../src/http/plain-server.ts';
import { recordOf } from '../gen/decision-record.ts';

const EPOCH = 1_780_000_000_000;

describe('the page', () => {
  let feed: DecisionFeed;
  let stopping: AbortController;
  let server: RunningServer;
  let picture: unknown;
  let url: string;

  beforeEach(async () => {
    feed = new DecisionFeed(() => EPOCH);
    stopping = new AbortController();
    picture = { pools: [] };
    const app = createOpsApp({
      readiness: () => ({ ready: true, waitingFor: [] }),
      metrics: async () => ({ contentType: 'text/plain', body: '' }),
      page: { state: () => picture, feed, signal: stopping.signal },
    });
    server = await startPlainServer({ host: '127.0.0.1', port: 0, app });
    url = `http://127.0.0.1:${server.address.port}`;
  });

  afterEach(async () => {
    stopping.abort();
    await server.close({ drainMs: 1000, lameDuckMs: 0 });
  });

  it('is made of its own files only, and nothing may be added to it', async () => {
    for (const name of readdirSync(new URL('../../src/page/', import.meta.url))) {
      const answer = await supertest(url)
        .get(name === 'index.html' ? '/' : `/${name}`)
        .expect(200);
      const policy = String(answer.headers['content-security-policy']);
      assert.match(
        policy,
        /^default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';/,
      );
      assert.doesNotMatch(policy, /unsafe|\*|https?:|data:/);
      assert.match(policy, /frame-ancestors 'none'; require-trusted-types-for 'script'$/);
      assert.equal(answer.headers['x-content-type-options'], 'nosniff');
      assert.equal(answer.headers['referrer-policy'], 'no-referrer');
      assert.equal(answer.headers['cache-control'], 'no-store');
      assert.equal(answer.headers['access-control-allow-origin'], undefined);
    }
    const { text, headers } = await supertest(url).get('/');
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.doesNotMatch(text, /https?:|<style|<script>| on[a-z]+=|style=/);
  });

  it('never makes markup out of text', async () => {
    for (const name of readdirSync(new URL('../../src/page/', import.meta.url)).filter((one) => one.endsWith('.js'))) {
      const { text } = await supertest(url).get(`/${name}`).expect('content-type', 'text/javascript; charset=utf-8');
      assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function/, name);
    }
  });

  it('is not shown under a name that anybody could let point here', async () => {
    for (const host of ['127.0.0.1:8080', '[::1]:8080', 'localhost', 'holdfast.holdfast-system.svc:8080', 'node-1']) {
      await supertest(url).get('/api/state').set('Host', host).expect(200);
    }
    for (const path of ['/', '/api/state', '/api/decisions', '/page.js']) {
      await supertest(url).get(path).set('Host', 'rebound.example.com').expect(403);
    }
    await supertest(url).get('/metrics').set('Host', 'holdfast.example.com').expect(200);
  });

  it('gets the state as JSON, and nothing twice', async () => {
    const first = await supertest(url)
      .get('/api/state')
      .expect(200, picture as object);
    assert.equal(first.headers['content-type'], 'application/json; charset=utf-8');
    const etag = String(first.headers.etag);
    await supertest(url).get('/api/state').set('If-None-Match', etag).expect(304, '');
    await supertest(url).get('/api/state').set('If-None-Match', '"another"').expect(200);
  });

  it('hears the last decisions, then each as it is made', async () => {
    feed.add(recordOf('a', 'Theft'));
    const stream = await listen(`${url}/api/decisions`);
    assert.equal(stream.response.headers['content-type'], 'text/event-stream; charset=utf-8');
    const [first] = await stream.events(1);
    assert.deepEqual([first?.id, first?.data.name, first?.data.reason], [`${EPOCH}-1`, 'a', 'Theft']);
    feed.add(recordOf('b', 'Move'));
    const [, second] = await stream.events(2);
    assert.deepEqual([second?.id, second?.data.name, second?.data.verdict], [`${EPOCH}-2`, 'b', 'refused']);
    stream.response.destroy();
  });

  it('goes on where it was cut off, and from the start after a restart of holdfast', async () => {
    for (const name of ['a', 'b', 'c']) feed.add(recordOf(name, 'Theft'));
    const resumed = await listen(`${url}/api/decisions`, `${EPOCH}-2`);
    assert.deepEqual(
      (await resumed.events(1)).map(({ data }) => data.name),
      ['c'],
    );
    const restarted = await listen(`${url}/api/decisions`, '123-2');
    assert.deepEqual(
      (await restarted.events(3)).map(({ data }) => data.name),
      ['a', 'b', 'c'],
    );
    for (const { response } of [resumed, restarted]) response.destroy();
  });

  it('is told to wait when too many listen, and when holdfast stops', async () => {
    const streams = await Promise.all(Array.from({ length: MOST_STREAMS }, () => listen(`${url}/api/decisions`)));
    const full = await supertest(url)
      .get('/api/decisions')
      .expect(503, `${MOST_STREAMS} pages listen already; close one\n`);
    assert.equal(full.headers['retry-after'], '5');
    const ended = streams.map(({ response }) => once(response, 'end'));
    stopping.abort();
    await Promise.all(ended);
    await supertest(url).get('/api/decisions').expect(503, 'shutting down\n');
  });
});

interface Heard {
  readonly id: string;
  readonly data: { readonly name: string; readonly reason: string; readonly verdict: string };
}

async function listen(url: string, lastEventId?: string) {
  const headers = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
  const [response] = (await once(get(url, { headers, agent: false }), 'response')) as [IncomingMessage];
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const heard = (): readonly Heard[] =>
    [...text.matchAll(/^id: (.*)\ndata: (.*)\n\n/gm)].map(([, id = '', data = '']) => ({ id, data: JSON.parse(data) }));
  const events = async (count: number): Promise<readonly Heard[]> => {
    while (heard().length < count) await once(response, 'data');
    return heard();
  };
  return { response, events };
}
