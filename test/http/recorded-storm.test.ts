import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import supertest from 'supertest';
import type { ServiceMode } from '../../src/app/mode.ts';
import { type Ask, play, through } from '../../src/app/play.ts';
import type { Recording } from '../../src/app/recording.ts';
import { rehearse } from '../../src/app/rehearsal.ts';
import { readRecording } from '../../src/cli/replay.ts';
import { createAdmissionApp } from '../../src/http/admission-app.ts';
import type { AdmissionResponseOut, AdmissionReviewOut, Hook } from '../../src/review/admission-types.ts';
import { type JsonObject, objectAt } from '../../src/review/json.ts';
import type { Service } from '../control-plane/kube-types.ts';
import { type OwnerLedger, serviceKey } from '../control-plane/owner-ledger.ts';
import { serviceIps } from '../control-plane/services.ts';
import { METALLB_USER } from '../gen/review.ts';
import { claimsAgainst } from '../record/claims-against.ts';
import { fixture } from '../record/save.ts';
import { whatHappened } from '../record/what-happened.ts';
import { harmIn, witness } from '../record/witness.ts';

const STORM = 'restart-storm-0.13.12.ndjson.gz';
const EVERYDAY = 'everyday-0.16.1.ndjson.gz';

/** One call, as the API server made it, with what an onlooker who knows nothing of holdfast says about the write. */
interface Call {
  readonly hook: Hook;
  readonly review: JsonObject;
  readonly response: AdmissionResponseOut;
  readonly service: string;
  /** IPs that another Service has at this moment, and IPs that this one would lose. */
  readonly taken: readonly string[];
  readonly lost: readonly string[];
}

/** Posts every write of a recording to the express app with a real guard behind it. */
async function post(recording: Recording, mode: ServiceMode) {
  const { ledger, storage } = witness(recording.services);
  const abstained: string[] = [];
  const { admission, world, claims, upkeep } = await rehearse(recording, {
    mode,
    storage,
    sink: { decided: () => {}, abstained: (reason, message) => abstained.push(`${reason}: ${message}`) },
    clock: { now: () => Date.now(), monotonic: () => performance.now() },
    scope: { classes: [] },
    metallbUsers: [METALLB_USER],
  });
  const app = createAdmissionApp({ handle: admission.handle });
  const calls: Call[] = [];
  const ask =
    (hook: Hook): Ask =>
    async (review) => {
      const seen = look(review, ledger);
      const answer = await supertest(app).post(`/${hook}?timeout=5s`).send(review).expect(200);
      const { response } = answer.body as AdmissionReviewOut;
      assert.equal(response.uid, objectAt(review, 'request').uid);
      calls.push({ hook, review, response, ...seen });
      return response;
    };
  const hooks = { mutate: mode === 'repair' ? ask('mutate') : undefined, validate: ask('validate') };
  await play(recording.reviews, world, through(hooks));
  assert.deepEqual(abstained, []);
  return { calls, ledger, claims, upkeep, ...harmIn(ledger) };
}

function look(review: JsonObject, ledger: OwnerLedger) {
  const request = objectAt(review, 'request');
  const [was, becomes] = [ipsIn(request, 'oldObject'), ipsIn(request, 'object')];
  const service = `${String(request.namespace)}/${String(request.name)}`;
  const others = (ip: string) => ledger.ownersOf(ip).filter((owner) => owner !== service);
  return {
    service,
    taken: becomes.filter((ip) => !was.includes(ip) && others(ip).length > 0),
    lost: was.filter((ip) => !becomes.includes(ip)),
  };
}

function ipsIn(request: JsonObject, key: 'object' | 'oldObject'): readonly string[] {
  return serviceIps(objectAt(request, key) as unknown as Service);
}

describe('the recorded restart of MetalLB 0.13.12', () => {
  const recording = readRecording(fixture(STORM));

  test('moves and doubles IPs when nobody guards, as its README says', async () => {
    const { counts } = await whatHappened(recording);
    assert.ok(counts.moved > 0 && counts.doubled > 0, 'a storm that moves nothing proves nothing');
    assert.equal(readme(STORM), [counts.statusWrites, counts.otherWrites, counts.moved, counts.doubled].join(' '));
  });

  test('moves and doubles nothing in enforce: every theft and every causeless move is refused', async () => {
    const { calls, moved, doubled, ledger } = await post(recording, 'enforce');
    for (const { service, response, taken, lost } of calls) {
      const reason = taken.length > 0 ? 'Theft' : lost.length > 0 ? 'Move' : 'Assigned';
      const found = { allowed: response.allowed, reason: response.auditAnnotations?.reason };
      assert.deepEqual(found, { allowed: reason === 'Assigned', reason }, service);
    }
    const unguarded = await whatHappened(recording);
    const refused = new Set(calls.filter(({ response }) => !response.allowed).map(({ service }) => service));
    assert.deepEqual(
      [...harmIn(unguarded.ledger).moved].filter((service) => !refused.has(service)),
      [],
    );
    assert.deepEqual([[...moved], [...doubled]], [[], []]);
    assert.equal(ledger.assigned.size + ledger.pending.size, recording.services.filter(isLoadBalancer).length);
  });

  test('is answered with the reason, both Services and what to do', async () => {
    const { calls } = await post(recording, 'enforce');
    const theft = calls.find(({ taken }) => taken.length > 0);
    assert.ok(theft !== undefined);
    const [ip = ''] = theft.taken;
    const holder = ownerAtStart(recording, ip);
    assert.deepEqual(theft.response, {
      uid: objectAt(theft.review, 'request').uid,
      allowed: false,
      auditAnnotations: { reason: 'Theft', mode: 'enforce', ip, holder },
      status: {
        code: 403,
        reason: 'Forbidden',
        message:
          `holdfast: [Theft] ${ip} belongs to Service ${holder}, which has it; Service ${theft.service} may not take ` +
          'it (neither asks to share). To hand it over, first free it: delete ' +
          `${holder}, change its type, or request another IP for it; to share it, give both the same allow-shared-ip ` +
          'key and different ports.',
      },
    });
  });

  test('ends with an IP for everybody in repair: nothing is refused, moved or doubled', async () => {
    const { calls, moved, doubled, ledger } = await post(recording, 'repair');
    assert.deepEqual([[...moved], [...doubled], [...ledger.pending]], [[], [], []]);
    assert.deepEqual(
      calls.filter(({ response }) => !response.allowed),
      [],
    );
    const asked = (hook: Hook) => calls.filter((call) => call.hook === hook);
    for (const { service, response, taken, lost } of asked('mutate')) {
      const reason = lost.length > 0 ? 'Restored' : taken.length > 0 ? 'Redirected' : undefined;
      assert.deepEqual([response.auditAnnotations?.reason, response.patch !== undefined], [reason, true], service);
    }
    const redirected = asked('mutate').filter(({ lost }) => lost.length === 0);
    assert.ok(redirected.length > 0 && redirected.length < asked('mutate').length);
    assert.deepEqual(
      asked('validate').map(({ service, response }) => [service, response.auditAnnotations?.reason]),
      redirected.map(({ service }) => [service, 'Assigned']),
      'the validating hook is asked about what was redirected only: a restored status does not change',
    );
  });

  test('leaves a pin on every Service that was repaired, which names what it has', async () => {
    const { calls, ledger } = await post(recording, 'repair');
    const repaired = new Set(calls.filter(({ hook }) => hook === 'mutate').map(({ service }) => service));
    const pinned = ledger.services().filter(({ metadata }) => metadata.annotations?.['holdfast.dev/pin'] !== undefined);
    assert.deepEqual(new Set(pinned.map(serviceKey)), repaired);
    for (const one of pinned) {
      const { annotations = {} } = one.metadata;
      const found = [annotations['holdfast.dev/pin'], annotations['metallb.universe.tf/loadBalancerIPs']];
      const has = serviceIps(one).join();
      assert.deepEqual(found, [has, has], serviceKey(one));
    }
  });

  for (const mode of ['enforce', 'repair'] as const) {
    test(`has exactly the claims that the statuses ask for, afterwards in ${mode}`, async () => {
      const { claims, ledger, upkeep } = await post(recording, mode);
      assert.ok(claims.all().length >= 250);
      assert.deepEqual(claimsAgainst(claims.all(), ledger.owners()), []);
      const before = claims.all();
      await upkeep();
      assert.deepEqual(claims.all(), before, 'there is nothing left to be put in order');
    });
  }

  test('is allowed in audit, and every moved Service and doubled IP is reported', async () => {
    const { calls, moved, doubled } = await post(recording, 'audit');
    assert.deepEqual(
      calls.filter(({ response }) => !response.allowed),
      [],
    );
    const unguarded = await whatHappened(recording);
    assert.deepEqual([moved.size, doubled.size], [unguarded.counts.moved, unguarded.counts.doubled]);
    const warnings = calls.flatMap(({ service, response }) =>
      (response.warnings ?? []).map((warning) => ({ service, warning })),
    );
    const says = (text: string) => warnings.filter(({ warning }) => warning.includes(text));
    const movers = new Set(says('would refuse, Move of ').map(({ service }) => service));
    assert.deepEqual(
      [...moved].filter((service) => !movers.has(service)),
      [],
    );
    assert.deepEqual(
      [...doubled].filter((ip) => says(`would refuse, Theft of ${ip},`).length === 0),
      [],
    );
  });
});

describe('the recorded day with MetalLB 0.16.1', () => {
  const recording = readRecording(fixture(EVERYDAY));

  test('has nothing that is refused in enforce', async () => {
    const { calls, doubled, ledger } = await post(recording, 'enforce');
    assert.deepEqual(
      calls.filter(({ response }) => !response.allowed).map(({ response }) => response),
      [],
    );
    assert.ok(new Set(calls.map(({ response }) => response.auditAnnotations?.reason)).has('RequestChanged'));
    assert.deepEqual([[...doubled], [...ledger.pending]], [[], []]);
  });

  test('has nothing that is refused or repaired in repair', async () => {
    const { calls, doubled, ledger } = await post(recording, 'repair');
    const unlike = ({ response }: Call) => !response.allowed || response.patch !== undefined;
    assert.deepEqual(
      calls.filter(unlike).map(({ response }) => response),
      [],
    );
    assert.deepEqual([[...doubled], [...ledger.pending]], [[], []]);
  });

  test('leaves claims that upkeep makes equal to the statuses', async () => {
    const { claims, ledger, upkeep } = await post(recording, 'repair');
    await upkeep();
    assert.deepEqual(claimsAgainst(claims.all(), ledger.owners()), []);
  });

  test('is what its README says', async () => {
    const { statusWrites, otherWrites, moved, doubled } = (await whatHappened(recording)).counts;
    assert.equal(readme(EVERYDAY), [statusWrites, otherWrites, moved, doubled].join(' '));
  });
});

/** The figures in the README's row of a recording. */
function readme(name: string): string {
  const row = readFileSync(fixture('README.md'), 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`| \`${name}\``));
  return (row ?? '')
    .split('|')
    .slice(3, 7)
    .map((cell) => cell.trim())
    .join(' ');
}

function isLoadBalancer(service: JsonObject): boolean {
  return objectAt(service, 'spec').type === 'LoadBalancer';
}

function ownerAtStart({ services }: Recording, ip: string): string {
  const owner = services.find((service) => serviceIps(service as unknown as Service).includes(ip));
  const { namespace, name } = objectAt(owner ?? {}, 'metadata');
  return `${String(namespace)}/${String(name)}`;
}
