import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from '../../../src/review/decode.ts';
import { statusReview } from '../../gen/review.ts';
import { annotations, ingress, ips, service, spec } from '../../gen/service.ts';

const good = statusReview(service('a'), service('a', ips('192.0.2.7')));
const request = (changes: object): object => ({ ...good, request: { ...(good.request as object), ...changes } });

const BAD: readonly (readonly [name: string, body: unknown, says: RegExp, uid: string | undefined])[] = [
  ['an array', [], /not a JSON object/, undefined],
  ['a number', 7, /not a JSON object/, undefined],
  ['null', null, /not a JSON object/, undefined],
  ['another kind', { ...good, kind: 'Pod' }, /kind is "Pod"; AdmissionReview is expected/, 'review-a'],
  [
    'another version',
    { ...good, apiVersion: 'admission.k8s.io/v1beta1' },
    /speaks admission.k8s.io\/v1 only/,
    'review-a',
  ],
  ['no request', { apiVersion: good.apiVersion, kind: good.kind }, /request is missing/, undefined],
  ['no uid', request({ uid: undefined }), /request.uid is missing/, undefined],
  ['an empty uid', request({ uid: '' }), /request.uid is missing/, undefined],
  ['no object', request({ object: null }), /request.object is missing/, 'review-a'],
  ['no oldObject', request({ oldObject: undefined }), /request.oldObject is missing/, 'review-a'],
  ['an oldObject without a name', request({ oldObject: {} }), /no metadata.name or uid/, 'review-a'],
];

for (const [name, body, says, uid] of BAD) {
  test(`${name} is a problem that says so`, () => {
    const decoded = decode(body);
    assert.equal(decoded.ok, false);
    if (decoded.ok) return;
    assert.match(decoded.problem.message, says);
    assert.equal(decoded.problem.uid, uid);
    assert.equal(decoded.problem.code, 400);
  });
}

test('spec and annotations come from the stored object: a writer cannot grant himself a reason', () => {
  const forged = service(
    'a',
    ips('192.0.2.8'),
    spec({ type: 'ClusterIP' }),
    annotations({ 'metallb.io/loadBalancerIPs': 'x' }),
  );
  const decoded = decode(statusReview(service('a', ips('192.0.2.7')), forged));
  assert.ok(decoded.ok && decoded.review.kind === 'status-update');
  assert.deepEqual(decoded.review.becomes.annotations, {});
  assert.equal(decoded.review.becomes.type, 'LoadBalancer');
  assert.deepEqual(decoded.review.becomes.assigned, ['192.0.2.8']);
});

test('wrong types inside the objects are read as absent, never a crash', () => {
  const odd = {
    metadata: { name: 'a', uid: 'u', annotations: { 'metallb.io/x': 3 }, labels: 7 },
    spec: { ports: [1, { port: { toString: 'no function' } }] },
    status: 3,
  };
  const decoded = decode(request({ oldObject: odd, object: { status: { loadBalancer: { ingress: 'no' } } } }));
  assert.ok(decoded.ok && decoded.review.kind === 'status-update');
  assert.deepEqual(decoded.review.was.assigned, []);
});

test('three entries, a hostname only and a malformed text are told apart', () => {
  const entries = [{ ip: '192.0.2.7' }, { hostname: 'h' }, { ip: '192.0.02.9' }, { ip: '2001:DB8::1' }];
  const decoded = decode(statusReview(service('a'), service('a', ingress(...entries))));
  assert.ok(decoded.ok && decoded.review.kind === 'status-update');
  assert.deepEqual(decoded.review.becomes.assigned, ['192.0.2.7', '2001:db8::1']);
  assert.deepEqual(decoded.review.becomes.malformed, ['192.0.02.9']);
});

for (const [name, changes] of [
  ['another resource', { resource: { group: '', version: 'v1', resource: 'pods' } }],
  ['another subresource', { subResource: 'scale' }],
  ['a deletion', { operation: 'DELETE' }],
] as const) {
  test(`${name} is not holdfast's business`, () => {
    const decoded = decode(request(changes));
    assert.ok(decoded.ok && decoded.review.kind === 'foreign');
  });
}

const reviewOf = (resource: object, operation: string, objects: object): unknown =>
  decode(request({ resource, operation, subResource: undefined, namespace: 'metallb-system', ...objects }));

const POOLS = { group: 'metallb.io', version: 'v1beta1', resource: 'ipaddresspools' };

test('an UPDATE of a pool carries both pools and the break-glass of the new one', () => {
  const pool = (addresses: readonly string[], annotations = {}) => ({
    metadata: { name: 'p', annotations },
    spec: { addresses },
  });
  const glass = { 'holdfast.dev/allow-strand': 'until=x reason=y' };
  const decoded = reviewOf(POOLS, 'UPDATE', {
    oldObject: pool(['192.0.2.0/24']),
    object: pool(['192.0.2.0/25'], glass),
  });
  assert.partialDeepStrictEqual(decoded, {
    ok: true,
    review: {
      kind: 'pool-change',
      namespace: 'metallb-system',
      was: { name: 'p' },
      becomes: { name: 'p' },
      allowStrand: 'until=x reason=y',
    },
  });
});

test('a DELETE of a pool has no new pool, and the break-glass is that of the stored one', () => {
  const stored = { metadata: { name: 'p', annotations: { 'holdfast.dev/allow-strand': 'z' } }, spec: {} };
  assert.partialDeepStrictEqual(reviewOf(POOLS, 'DELETE', { oldObject: stored, object: null }), {
    ok: true,
    review: { kind: 'pool-change', becomes: undefined, allowStrand: 'z' },
  });
});

test('an UPDATE of a Namespace carries its name and its new labels', () => {
  const object = { metadata: { name: 'team', labels: { a: 'b' } } };
  assert.partialDeepStrictEqual(
    reviewOf({ group: '', version: 'v1', resource: 'namespaces' }, 'UPDATE', { object, oldObject: {} }),
    {
      ok: true,
      review: { kind: 'namespace-change', name: 'team', labels: { a: 'b' } },
    },
  );
});

test('an UPDATE of the main resource is about what the user requests', () => {
  const decoded = decode(request({ subResource: undefined }));
  assert.ok(decoded.ok && decoded.review.kind === 'service-update');
});
