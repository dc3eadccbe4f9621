import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Admission } from '../../../src/app/admission.ts';
import { ClusterState } from '../../../src/app/cluster-state.ts';
import { RESERVATION_MS } from '../../../src/app/guard-status.ts';
import type { ServiceMode } from '../../../src/app/mode.ts';
import type { DecisionRecord } from '../../../src/app/ports.ts';
import { Readiness } from '../../../src/app/readiness.ts';
import type { ServiceView } from '../../../src/core/service-view.ts';
import type { JsonObject } from '../../../src/review/json.ts';
import { serviceToView } from '../../../src/review/service-to-view.ts';
import { METALLB_USER, statusReview } from '../../gen/review.ts';
import { ips, type ServiceJson, service, version, view } from '../../gen/service.ts';

const X = '192.0.2.7';

/** An admission with everything around it replaced by recorders. */
class Bench {
  readonly state = new ClusterState({ graceMs: 120_000, stickyMs: 3_600_000 }, { now: () => this.now });
  readonly readiness = new Readiness(['services']);
  readonly records: DecisionRecord[] = [];
  readonly abstentions: string[] = [];
  readonly reads: string[] = [];
  /** What a live read finds, by name; a name that is not here is gone. */
  readonly live = new Map<string, ServiceView | Error | 'never'>();
  now = 1_000_000;
  readonly admission: Admission;

  constructor(mode: ServiceMode = 'enforce') {
    this.admission = new Admission({
      state: this.state,
      readiness: this.readiness,
      reader: { read: (ref) => this.#read(ref.name) },
      sink: {
        decided: (record) => this.records.push(record),
        abstained: (reason, message) => this.abstentions.push(`${reason}: ${message}`),
      },
      clock: { now: () => this.now, monotonic: () => this.now },
      mode,
      pin: 'never',
      store: undefined,
      keeper: undefined,
      nudges: undefined,
      requestConflict: 'warn' as const,
      scope: { classes: [] },
      metallbUsers: [METALLB_USER],
    });
  }

  /** Everything has synced; the API server has exactly these Services. */
  synced(...services: readonly ServiceJson[]): this {
    for (const made of services.map(serviceToView)) {
      this.state.ledger.upsert(made);
      this.live.set(made.ref.name, made);
    }
    this.readiness.met('services');
    return this;
  }

  async call(body: unknown, budgetMs = 1000): Promise<{ readonly http: number; readonly response: JsonObject }> {
    const { httpStatus, body: answer } = await this.admission.handle(body, { hook: 'validate', budgetMs });
    return { http: httpStatus, response: { ...answer.response } };
  }

  async #read(name: string): Promise<ServiceView | 'gone'> {
    this.reads.push(name);
    const found = this.live.get(name);
    if (found instanceof Error) throw found;
    return found === 'never' ? new Promise(() => {}) : (found ?? 'gone');
  }
}

const gets = (name: string, ...texts: readonly string[]): JsonObject =>
  statusReview(service(name), service(name, ips(...texts)));

describe('readiness', () => {
  test('before the first list the answer is 503 with the uid, whatever is asked', async () => {
    const bench = new Bench();
    const { http, response } = await bench.call(gets('a', X));
    assert.equal(http, 503);
    assert.equal(response.uid, 'review-a');
    assert.equal(response.allowed, false);
    assert.match(
      JSON.stringify(response.status),
      /not ready to decide, waiting for the first complete list of Services;/,
    );
    assert.match(bench.abstentions.join(), /^NotReady/);
  });

  test('a review of something else passes even then', async () => {
    const body = statusReview(service('a'), service('a'), { subResource: 'scale' });
    assert.deepEqual(await new Bench().call(body), { http: 200, response: { uid: 'review-a', allowed: true } });
  });
});

describe('two writes in flight', () => {
  test('only the first of two Services gets a free IP, before any watch event', async () => {
    const bench = new Bench().synced(service('a'), service('b'));
    const answers = await Promise.all([bench.call(gets('a', X)), bench.call(gets('b', X))]);
    assert.deepEqual(
      answers.map(({ response }) => response.allowed),
      [true, false],
    );
  });

  test('a dry run reserves nothing', async () => {
    const bench = new Bench().synced(service('a'), service('b'));
    await bench.call(statusReview(service('a'), service('a', ips(X)), { dryRun: true }));
    const { response } = await bench.call(gets('b', X));
    assert.equal(response.allowed, true);
  });

  test('a write that never came frees the IP after the reservation ends', async () => {
    const bench = new Bench().synced(service('a'), service('b'));
    await bench.call(gets('a', X));
    bench.now += RESERVATION_MS;
    bench.state.ledger.expire(bench.now);
    assert.equal((await bench.call(gets('b', X))).response.allowed, true);
  });
});

describe('a holder that the ledger may be wrong about is read live', () => {
  test('deleted a moment ago: the IP is free at once', async () => {
    const bench = new Bench().synced(service('a', ips(X)), service('b'));
    bench.live.delete('a');
    assert.equal((await bench.call(gets('b', X))).response.allowed, true);
    assert.deepEqual(bench.reads, ['a']);
  });

  test('created again under the same name: the old holder is gone', async () => {
    const bench = new Bench().synced(service('a', ips(X)), service('b'));
    bench.live.set('a', { ...view('a'), ref: { namespace: 'default', name: 'a', uid: 'another' } });
    assert.equal((await bench.call(gets('b', X))).response.allowed, true);
  });

  test('moved on a moment ago: the IP is free at once', async () => {
    const bench = new Bench().synced(service('a', ips(X)), service('b'));
    bench.live.set('a', view('a', ips('192.0.2.9'), version(101)));
    assert.equal((await bench.call(gets('b', X))).response.allowed, true);
  });

  test('still the holder: refused', async () => {
    const bench = new Bench().synced(service('a', ips(X)), service('b'));
    assert.equal((await bench.call(gets('b', X))).response.allowed, false);
  });

  test('a write of the holder that is in flight is not forgotten because the stored object lacks the IP', async () => {
    const bench = new Bench().synced(service('a'), service('b'));
    await bench.call(gets('a', X));
    assert.equal((await bench.call(gets('b', X))).response.allowed, false);
    assert.deepEqual(bench.reads, ['a']);
  });

  test('unreadable, or not in time: refused, an IP is never taken for free', async () => {
    const bench = new Bench().synced(service('a', ips(X)), service('b'));
    bench.live.set('a', new Error('connection refused'));
    assert.equal((await bench.call(gets('b', X))).response.allowed, false);
    bench.live.set('a', 'never');
    assert.equal((await bench.call(gets('b', X), 5)).response.allowed, false);
  });
});

describe('modes and records', () => {
  test('enforce answers 403 with the reason, the holder and the IP in the audit annotations', async () => {
    const bench = new Bench().synced(service('a', ips(X)), service('b'));
    const { http, response } = await bench.call(gets('b', X));
    assert.equal(http, 200);
    assert.deepEqual(response.auditAnnotations, { reason: 'Theft', mode: 'enforce', ip: X, holder: 'default/a' });
    assert.match(JSON.stringify(response.status), /"code":403,"reason":"Forbidden","message":"holdfast: \[Theft\]/);
  });

  test('audit allows the same write, and warns in at most 120 characters', async () => {
    const bench = new Bench('audit').synced(service('a', ips(X)), service('b'));
    const { response } = await bench.call(gets('b', X));
    assert.deepEqual(response, {
      uid: 'review-b',
      allowed: true,
      auditAnnotations: { reason: 'Theft', mode: 'audit', ip: X, holder: 'default/a' },
      warnings: ['holdfast (audit): would refuse, Theft of 192.0.2.7, held by default/a'],
    });
  });

  test('every decision is recorded with its author', async () => {
    const bench = new Bench().synced(service('a', ips(X)));
    await bench.call(statusReview(service('a', ips(X)), service('a'), { userInfo: { username: 'alice' } }));
    const [record] = bench.records;
    assert.equal(record?.user, 'alice');
    assert.equal(record?.actor, 'other');
    assert.equal(record?.decision.kind, 'refuse');
  });

  test('a crash inside is an answer with code 500 and the uid', async () => {
    const bench = new Bench().synced();
    Object.defineProperty(bench.state, 'pools', {
      get: () => {
        throw new Error('broken');
      },
    });
    const { http, response } = await bench.call(gets('a', X));
    assert.equal(http, 500);
    assert.equal(response.uid, 'review-a');
    assert.match(bench.abstentions.join(), /InternalError: Error: broken/);
  });
});
