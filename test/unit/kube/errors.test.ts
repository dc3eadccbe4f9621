import assert from 'node:assert/strict';
import { test } from 'node:test';
import { failureOf, isKubeError, KubeError, type KubeErrorDetail, type KubeFailure } from '../../../src/kube/errors.ts';
import { explain } from '../../../src/kube/explain.ts';
import { withMissingRule } from '../../../src/kube/rbac.ts';

const REQUEST = { method: 'GET', server: 'https://127.0.0.1:1', path: '/api/v1/services' };

function kubeError(failure: KubeFailure, detail: KubeErrorDetail = {}): KubeError {
  return new KubeError(failure, REQUEST, detail);
}

const KINDS: readonly [number, string | undefined, KubeFailure['kind']][] = [
  [400, 'BadRequest', 'invalid'],
  [401, 'Unauthorized', 'unauthorized'],
  [403, 'Forbidden', 'forbidden'],
  [404, 'NotFound', 'not-found'],
  [409, 'AlreadyExists', 'already-exists'],
  [409, 'Conflict', 'conflict'],
  [410, 'Expired', 'gone'],
  [422, 'Invalid', 'invalid'],
  [429, 'TooManyRequests', 'unavailable'],
  [500, 'InternalError', 'other'],
  [502, undefined, 'unavailable'],
  [503, 'ServiceUnavailable', 'unavailable'],
  [504, 'Timeout', 'timeout'],
];

for (const [status, reason, kind] of KINDS) {
  test(`HTTP ${status} with reason ${reason ?? 'none'} is ${kind}`, () => {
    assert.deepEqual(failureOf(status, { reason, message: 'why' }), { kind, status, message: 'why' });
  });
}

test('an answer without a message still says what it was', () => {
  assert.equal(failureOf(502, undefined).message, 'HTTP 502');
  assert.equal(failureOf(403, { reason: 'Forbidden' }).message, 'Forbidden (HTTP 403)');
});

test('isKubeError asks for the kind', () => {
  const error: unknown = kubeError({ kind: 'gone', status: 410, message: 'old' });
  assert.equal(isKubeError(error, 'conflict', 'gone'), true);
  assert.equal(isKubeError(error, 'conflict'), false);
  assert.equal(isKubeError(new Error('gone'), 'gone'), false);
});

const SENTENCES: readonly [string, KubeFailure, KubeErrorDetail, string][] = [
  [
    'a refused connection',
    { kind: 'unavailable', status: 0, message: 'connect ECONNREFUSED 127.0.0.1:1' },
    { code: 'ECONNREFUSED' },
    'cannot reach https://127.0.0.1:1 (ECONNREFUSED): is the API server up? Retrying in 2 s.',
  ],
  [
    'a wrong CA',
    { kind: 'unavailable', status: 0, message: 'self-signed' },
    { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    'cannot reach https://127.0.0.1:1 (DEPTH_ZERO_SELF_SIGNED_CERT): its certificate is not signed by the CA of the kubeconfig. Retrying in 2 s.',
  ],
  [
    'a busy server',
    { kind: 'unavailable', status: 429, message: 'too many requests' },
    {},
    'https://127.0.0.1:1 is not available for GET /api/v1/services: too many requests. Retrying in 2 s.',
  ],
  [
    'a missing permission',
    { kind: 'forbidden', status: 403, message: 'User "x" cannot list services' },
    {},
    'not allowed: User "x" cannot list services. Does the role of holdfast grant this? Retrying in 2 s.',
  ],
  [
    'a timeout',
    { kind: 'timeout', status: 0, message: 'no answer within 10 s' },
    {},
    'https://127.0.0.1:1 gave no answer to GET /api/v1/services in time: no answer within 10 s. Retrying in 2 s.',
  ],
];

for (const [what, failure, detail, sentence] of SENTENCES) {
  test(`${what} is explained to an operator`, () => assert.equal(explain(kubeError(failure, detail), 2_000), sentence));
}

test('a short wait is said in tenths, and none is not said', () => {
  assert.equal(explain(new Error('odd'), 340), 'odd. Retrying in 0.3 s.');
  assert.equal(explain(new Error('odd')), 'odd.');
});

test('a forbidden call names the rule that is missing; another failure is left alone', () => {
  const permission = { verb: 'create', group: '', resource: 'secrets', namespace: 'holdfast-system' };
  const forbidden = withMissingRule(kubeError({ kind: 'forbidden', status: 403, message: 'no' }), permission);
  assert.ok(forbidden instanceof KubeError);
  assert.equal(
    forbidden.failure.message,
    'no (missing rule, in a Role in namespace holdfast-system: {apiGroups: [""], resources: ["secrets"], verbs: ["create"]})',
  );
  const other = kubeError({ kind: 'conflict', status: 409, message: 'no' });
  assert.equal(withMissingRule(other, permission), other);
});
