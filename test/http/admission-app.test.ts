import assert from 'node:assert/strict';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import supertest from 'supertest';
import { createAdmissionApp, MAX_BODY_BYTES } from '../../src/http/admission-app.ts';
import type { AnswerInfo } from '../../src/http/admit-route.ts';
import { DEFAULT_LOAD, LoadGate } from '../../src/http/load-gate.ts';
import type { HandleReview, ReviewCall } from '../../src/review/admission-types.ts';

const UID = '705ab4f5-6393-11e8-b7cc-42010a800002';
const review = {
  kind: 'AdmissionReview',
  apiVersion: 'admission.k8s.io/v1',
  request: { uid: UID, operation: 'UPDATE' },
};

/** The app with an application that allows everything and remembers what it was asked. */
function setup(handle?: HandleReview, gate?: LoadGate) {
  const calls: { readonly body: unknown; readonly call: ReviewCall }[] = [];
  const answers: AnswerInfo[] = [];
  const crashes: unknown[] = [];
  const shed: string[] = [];
  const app = createAdmissionApp({
    handle:
      handle ??
      (async (body, call) => {
        calls.push({ body, call });
        return allowed((body as typeof review).request?.uid ?? '');
      }),
    onAnswer: (info) => answers.push(info),
    onCrash: (error) => crashes.push(error),
    onShed: (why) => shed.push(why),
    ...(gate === undefined ? {} : { gate }),
  });
  return { app, calls, answers, crashes, shed };
}

function allowed(uid: string) {
  const body = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid, allowed: true },
  } as const;
  return { httpStatus: 200, body };
}

function refused(code: number, reason: string, message: string, uid = '') {
  const response = { uid, allowed: false, status: { code, reason, message: `holdfast: ${message}` } };
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
}

describe('a good review', () => {
  for (const hook of ['validate', 'mutate'] as const) {
    it(`is handed on from /${hook} and answered`, async () => {
      const { app, calls, answers } = setup();
      const answer = await supertest(app).post(`/${hook}?timeout=5s`).send(review).expect(200);
      assert.deepEqual(answer.body, allowed(UID).body);
      assert.equal(answer.headers['content-type'], 'application/json');
      assert.equal(answer.headers['x-powered-by'], undefined);
      assert.equal(answer.headers.etag, undefined);
      assert.deepEqual(calls[0]?.body, review);
      assert.equal(calls[0]?.call.hook, hook);
      const budget = calls[0]?.call.budgetMs ?? 0;
      assert.ok(budget <= 4500 && budget > 4000, `budget ${budget}`);
      const [{ micros, ...info } = { micros: 0 }, ...more] = answers;
      assert.deepEqual(info, { hook, httpStatus: 200, bytesIn: JSON.stringify(review).length });
      assert.ok(micros > 0);
      assert.deepEqual(more, []);
    });
  }

  it('may name a charset, and have no timeout', async () => {
    const { app, calls } = setup();
    await supertest(app)
      .post('/validate')
      .set('Content-Type', 'Application/JSON; charset=utf-8')
      .send(JSON.stringify(review))
      .expect(200, allowed(UID).body);
    const budget = calls[0]?.call.budgetMs ?? 0;
    assert.ok(budget <= 9000 && budget > 8500, `budget ${budget}`);
  });

  it('is passed on whatever its shape: a hundred nested arrays, null, text of several bytes', async () => {
    const { app, calls } = setup(async (body) => allowed(JSON.stringify(body)));
    for (const text of [`${'['.repeat(100)}${']'.repeat(100)}`, 'null', '"ø€😀"']) {
      await supertest(app).post('/mutate').type('json').send(text).expect(200, allowed(text).body);
    }
    assert.deepEqual(calls, []);
  });

  it('may be just as large as the limit', async () => {
    const { app, calls } = setup();
    const padding = 'x'.repeat(MAX_BODY_BYTES - JSON.stringify({ ...review, padding: '' }).length);
    await supertest(app)
      .post('/validate')
      .send({ ...review, padding })
      .expect(200, allowed(UID).body);
    assert.deepEqual(calls[0]?.body, { ...review, padding });
  });

  it('is answered with what the application answers, also a refusal of its own', async () => {
    const problem = refused(503, 'ServiceUnavailable', 'not ready', UID);
    const { app, answers } = setup(async () => ({ httpStatus: 503, body: problem as never }));
    await supertest(app).post('/validate').send(review).expect(503, problem);
    assert.equal(answers[0]?.httpStatus, 503);
  });

  it('does not wait for the others: a hundred at once, each with its own uid', async () => {
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    let waiting = 0;
    const { app } = setup(async (body) => {
      if (++waiting === 100) release();
      await gate;
      return allowed((body as typeof review).request.uid);
    });
    const server = createServer(app).listen(0, '127.0.0.1');
    try {
      const uids = Array.from({ length: 100 }, (_, index) => `uid-${index}`);
      const answers = await Promise.all(
        uids.map((uid) =>
          supertest(server)
            .post('/validate')
            .send({ ...review, request: { uid } }),
        ),
      );
      assert.deepEqual(
        answers.map((answer) => answer.body.response.uid),
        uids,
      );
    } finally {
      server.close();
    }
  });
});

const whole = JSON.stringify(review);

const badBodies: readonly {
  readonly name: string;
  readonly body: string | Buffer;
  readonly type?: string;
  readonly encoding?: string;
  readonly expected: ReturnType<typeof refused>;
}[] = [
  {
    name: 'an empty body',
    body: '',
    expected: refused(
      400,
      'BadRequest',
      'the body of POST /validate is empty; send an admission.k8s.io/v1 AdmissionReview as JSON',
    ),
  },
  {
    name: 'only white space',
    body: ' \n\t ',
    expected: refused(
      400,
      'BadRequest',
      'the body of POST /validate is empty; send an admission.k8s.io/v1 AdmissionReview as JSON',
    ),
  },
  {
    name: 'text that is not JSON',
    body: 'hello, webhook',
    expected: refused(
      400,
      'BadRequest',
      'the body of POST /validate (14 bytes) is not JSON; send an admission.k8s.io/v1 AdmissionReview as JSON',
    ),
  },
  {
    name: 'bytes that are no text at all',
    body: Buffer.from([0x00, 0xff, 0xfe, 0x80, 0x0a]),
    expected: refused(
      400,
      'BadRequest',
      'the body of POST /validate (5 bytes) is not JSON; send an admission.k8s.io/v1 AdmissionReview as JSON',
    ),
  },
  {
    name: 'JSON with something behind it, and says the uid',
    body: `${whole}}`,
    expected: refused(
      400,
      'BadRequest',
      `the body of POST /validate (${whole.length + 1} bytes) is not JSON; send an admission.k8s.io/v1 AdmissionReview as JSON`,
      UID,
    ),
  },
  {
    name: 'JSON that breaks off in an object, and says the uid',
    body: whole.slice(0, -2),
    expected: refused(
      400,
      'BadRequest',
      `the JSON body of POST /validate breaks off after ${whole.length - 2} bytes; send the whole AdmissionReview`,
      UID,
    ),
  },
  {
    name: 'JSON that breaks off in a text, and says the uid',
    body: whole.slice(0, -6),
    expected: refused(
      400,
      'BadRequest',
      `the JSON body of POST /validate breaks off after ${whole.length - 6} bytes; send the whole AdmissionReview`,
      UID,
    ),
  },
  {
    name: 'JSON that breaks off within the uid, and does not guess it',
    body: whole.slice(0, whole.indexOf(UID) + 8),
    expected: refused(
      400,
      'BadRequest',
      `the JSON body of POST /validate breaks off after ${whole.indexOf(UID) + 8} bytes; send the whole AdmissionReview`,
    ),
  },
  {
    name: 'a uid elsewhere than in the request, and does not take it for the review’s',
    body: '{"object":{"metadata":{"uid":"other"}},"request":{"object":{"uid":"another"}',
    expected: refused(
      400,
      'BadRequest',
      'the JSON body of POST /validate breaks off after 76 bytes; send the whole AdmissionReview',
    ),
  },
  {
    name: 'another content type',
    body: whole,
    type: 'application/yaml',
    expected: refused(
      415,
      'UnsupportedMediaType',
      'the body of POST /validate has Content-Type application/yaml; it must be application/json',
      UID,
    ),
  },
  {
    name: 'no content type',
    body: whole,
    type: '',
    expected: refused(
      415,
      'UnsupportedMediaType',
      'the body of POST /validate has no Content-Type; it must be application/json',
      UID,
    ),
  },
  {
    name: 'a compressed body',
    body: Buffer.from([0x1f, 0x8b, 0x08]),
    encoding: 'gzip',
    expected: refused(
      415,
      'UnsupportedMediaType',
      'the body of POST /validate has Content-Encoding gzip; send it uncompressed',
    ),
  },
];

describe('a bad body is answered with a review that allows nothing', () => {
  for (const { name, body, type = 'application/json', encoding, expected } of badBodies) {
    it(`for ${name}`, async () => {
      const { app, calls, answers } = setup();
      const headers = {
        ...(type === '' ? {} : { 'Content-Type': type }),
        ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }),
      };
      const answer = await send(app, body, headers);
      assert.deepEqual(
        { status: answer.status, body: JSON.parse(answer.text) },
        { status: expected.response.status.code, body: expected },
      );
      assert.deepEqual(calls, []);
      assert.equal(answers[0]?.httpStatus, expected.response.status.code);
    });
  }

  it('for a body of 8 MB, with the uid and a closed connection', async () => {
    const { app, calls, answers } = setup();
    const body = JSON.stringify({ ...review, padding: 'x'.repeat(8_000_000) });
    const answer = await send(app, body, { 'Content-Type': 'application/json' });
    const message = `the body of POST /validate has ${body.length} bytes, larger than 7340032 bytes; make the object smaller`;
    assert.deepEqual(JSON.parse(answer.text), refused(413, 'RequestEntityTooLarge', message, UID));
    assert.equal(answer.status, 413);
    assert.equal(answer.connection, 'close');
    assert.deepEqual(calls, []);
    await until(() => answers.length === 1);
    assert.equal(answers[0]?.httpStatus, 413);
    assert.ok((answers[0]?.bytesIn ?? 0) < 100_000, 'it was not read');
  });

  it('for a body of 8 MB that does not announce its length', async () => {
    const { app } = setup();
    const body = JSON.stringify({ ...review, padding: 'x'.repeat(8_000_000) });
    const answer = await send(app, body, { 'Content-Type': 'application/json', 'Transfer-Encoding': 'chunked' });
    const message = 'the body of POST /validate is larger than 7340032 bytes; make the object smaller';
    assert.deepEqual(JSON.parse(answer.text), refused(413, 'RequestEntityTooLarge', message, UID));
    assert.equal(answer.connection, 'close');
  });
});

describe('other requests', () => {
  for (const method of ['get', 'put', 'delete', 'patch', 'options'] as const) {
    it(`${method} is not allowed`, async () => {
      const { app } = setup();
      const answer = await supertest(app)[method]('/validate?timeout=5s').expect(405);
      const message = `${method.toUpperCase()} /validate is not allowed; use POST`;
      assert.deepEqual(answer.body, refused(405, 'MethodNotAllowed', message));
      assert.equal(answer.headers.allow, 'POST');
    });
  }

  for (const path of ['/', '/validate/', '/Validate', '/validate/x', '/%zz', '/__proto__']) {
    it(`${path} is not found`, async () => {
      const { app, answers } = setup();
      const answer = await supertest(app).post(`${path}?a[b]=c`).send(review).expect(404);
      const message = `there is no POST ${path}; use POST /validate or POST /mutate`;
      assert.deepEqual(answer.body, refused(404, 'NotFound', message));
      assert.equal(answers[0]?.hook, 'unknown');
    });
  }
});

describe('a crash in the application', () => {
  const message = 'the review failed inside holdfast; its log has the cause. The failurePolicy applies.';
  const boom = new Error('secret detail');
  for (const [name, handle] of [
    ['rejected', () => Promise.reject(boom)],
    [
      'thrown',
      () => {
        throw boom;
      },
    ],
  ] as const) {
    it(`(${name}) is an answer with code 500 and the uid, and the cause stays inside`, async () => {
      const { app, crashes } = setup(handle);
      await supertest(app)
        .post('/validate')
        .send(review)
        .expect(500, refused(500, 'InternalError', message, UID));
      await supertest(app)
        .post('/validate')
        .type('json')
        .send('[1]')
        .expect(500, refused(500, 'InternalError', message));
      assert.deepEqual(crashes, [boom, boom]);
    });
  }
});

describe('the way to a route', () => {
  for (const path of ['/validate', '/validate?timeout=5s', '/mutate?a=b&timeout=1s']) {
    it(`leads POST ${path} to the application`, async () => {
      const { app, calls } = setup();
      await supertest(app).post(path).send(review).expect(200);
      assert.equal(calls.length, 1);
    });
  }

  for (const path of ['/validate/', '/%76alidate', '/Validate', '//validate', '/validates', '/']) {
    it(`leads POST ${path} to a 404`, async () => {
      const { app, calls } = setup();
      await supertest(app).post(path).send(review).expect(404);
      assert.equal(calls.length, 0);
    });
  }
});

describe('a request line with a whole URL', () => {
  it('leads to the application as well', async () => {
    const { app, calls } = setup();
    const { status } = await send(app, JSON.stringify(review), JSON_BODY, 'http://holdfast.example/validate');
    assert.deepEqual([status, calls.length], [200, 1]);
  });
});

const JSON_BODY = { 'Content-Type': 'application/json' };

describe('a client that goes away while it sends', () => {
  it('gets no answer, and the application is not asked', async () => {
    const { app, calls, answers } = setup();
    const server = createServer(app).listen(0, '127.0.0.1');
    try {
      await new Promise<void>((resolve) => server.once('listening', resolve));
      const gone = new Promise<void>((resolve) => {
        server.once('request', (request) => request.once('close', resolve));
      });
      const { port } = server.address() as AddressInfo;
      const headers = { 'Content-Type': 'application/json', 'Content-Length': 1000 };
      const client = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/validate', headers });
      client.on('error', () => {});
      client.write('{"request":');
      server.once('request', () => client.destroy());
      await gone;
      await supertest(server).post('/validate').send(review).expect(200);
      assert.equal(calls.length, 1);
      assert.equal(answers.length, 1);
    } finally {
      server.close();
    }
  });
});

interface Received {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly text: string;
}

/** Posts to /validate with these headers and no others; supertest would mend a missing content type. */
async function send(
  app: ReturnType<typeof setup>['app'],
  body: string | Buffer,
  headers: object,
  path = '/validate',
): Promise<Received> {
  const server = createServer(app).listen(0, '127.0.0.1');
  try {
    await new Promise<void>((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    return await new Promise((resolve, reject) => {
      const options = { port, host: '127.0.0.1', method: 'POST', path, headers: { ...headers } };
      const client = httpRequest(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const { statusCode: status, headers: answered } = response;
          resolve({ status, connection: answered.connection, text: Buffer.concat(chunks).toString() });
        });
      });
      client.on('error', reject);
      client.end(body);
    });
  } finally {
    server.close();
  }
}

/** Waits until the condition holds, one turn of the event loop after another. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

describe('when there is too much to do', () => {
  const ADVICE = 'try again in a second, or start more replicas. The failurePolicy applies.';

  it('a review whose time is nearly over is refused unparsed, with its uid, and asked to come again', async () => {
    const waited = { waited: () => 4_400 };
    const { app, calls, shed, answers } = setup(undefined, new LoadGate(DEFAULT_LOAD, waited));
    const answer = await supertest(app).post('/validate?timeout=5s').send(review).expect(503);
    assert.match(answer.body.response.status.message, /^holdfast: overloaded: this call has waited for 4\d\d\d ms, /);
    assert.deepEqual([answer.body.response.uid, answer.headers['retry-after']], [UID, '1']);
    assert.deepEqual([calls.length, shed.length, answers[0]?.httpStatus], [0, 1, 503]);
    await supertest(app).post('/validate?timeout=20s').send(review).expect(200, allowed(UID).body);
    assert.ok(answer.body.response.status.message.endsWith(ADVICE));
  });

  it('what was waited counts against the time for the decision', async () => {
    const { app, calls } = setup(undefined, new LoadGate(DEFAULT_LOAD, { waited: () => 2_000 }));
    await supertest(app).post('/validate?timeout=5s').send(review).expect(200);
    const budget = calls[0]?.call.budgetMs ?? 0;
    assert.ok(budget <= 2500 && budget > 2000, `budget ${budget}`);
  });

  it('a body for which there is no room is not read', async () => {
    const full = new LoadGate({ maxInFlight: 10, maxBytes: 10 }, { waited: () => 0 });
    full.mayRead(10);
    const { app, calls, shed } = setup(undefined, full);
    const answer = await supertest(app).post('/mutate').send(review).expect(503);
    assert.match(answer.body.response.status.message, /^holdfast: overloaded: too many large reviews are being read; /);
    assert.deepEqual([answer.headers['retry-after'], answer.headers.connection], ['1', 'close']);
    assert.deepEqual([calls.length, shed.length], [0, 1]);
    full.leave(10);
    await supertest(app).post('/mutate').send(review).expect(200);
  });

  it('every way of answering gives the room back', async () => {
    const one = new LoadGate({ maxInFlight: 1, maxBytes: 1 }, { waited: () => 0 });
    const { app } = setup(() => Promise.reject(new Error('broken')), one);
    await supertest(app).post('/mutate').send(review).expect(500);
    await supertest(app).post('/mutate').type('json').send('{').expect(400);
    await supertest(app)
      .post('/mutate')
      .type('json')
      .send('x'.repeat(MAX_BODY_BYTES + 1))
      .expect(413);
    await supertest(app).post('/mutate').send(review).expect(500);
  });
});
