import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { JsonObject } from '../../../src/review/json.ts';
import { poolToCore } from '../../../src/review/pool-to-core.ts';
import { ips, metadata, service, spec } from '../../gen/service.ts';
import { Guarded } from './guarded.ts';

const ALLOW = 'holdfast.dev/allow-strand';

function poolJson(addresses: readonly string[], annotations: JsonObject = {}, more: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'metallb.io/v1beta1',
    kind: 'IPAddressPool',
    metadata: { name: 'main', namespace: 'metallb-system', annotations },
    spec: { addresses, ...more },
  };
}

/** A review of an edit of a pool; without `becomes`, of its deletion. */
function poolReview(was: JsonObject, becomes: JsonObject | undefined, more: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: 'review-pool',
      resource: { group: 'metallb.io', version: 'v1beta1', resource: 'ipaddresspools' },
      namespace: 'metallb-system',
      name: 'main',
      operation: becomes === undefined ? 'DELETE' : 'UPDATE',
      userInfo: { username: 'alice' },
      oldObject: was,
      object: becomes ?? null,
      ...more,
    },
  };
}

const WHOLE = poolJson(['192.0.2.0/24']);
const HALF = poolJson(['192.0.2.0/25']);
/** `until` relative to the clock of the tests. */
const permitted = (until: string): JsonObject => poolJson(['192.0.2.0/25'], { [ALLOW]: `until=${until} reason=x` });

describe('an edit of a pool', () => {
  let guard: Guarded;

  beforeEach(() => {
    guard = new Guarded();
    guard.pools(poolToCore(WHOLE));
    guard.stored(service('low', ips('192.0.2.1')), service('high', ips('192.0.2.200')), service('pending'));
  });

  test('that strands nobody passes', async () => {
    const { response } = await guard.validate(poolReview(WHOLE, poolJson(['192.0.2.0/24', '198.51.100.0/24'])));
    assert.deepEqual(response, {
      uid: 'review-pool',
      allowed: true,
      auditAnnotations: { reason: 'NothingStranded', mode: 'repair' },
    });
  });

  test('that strands somebody is refused, with the list and the way out', async () => {
    const { response } = await guard.validate(poolReview(WHOLE, HALF));
    assert.equal(response.allowed, false);
    assert.deepEqual(response.auditAnnotations, {
      reason: 'Strand',
      mode: 'repair',
      ip: '192.0.2.200',
      holder: 'default/high',
    });
    const { code, message } = response.status ?? assert.fail();
    assert.equal(code, 403);
    assert.match(
      message,
      /^holdfast: \[Strand\] This change of pool main would strand the IPs of 1 Service: default\/high \(192\.0\.2\.200: in no pool\)\. /,
    );
    assert.match(message, /put holdfast\.dev\/allow-strand: "until=<RFC 3339 time> reason=<why>" on the pool\.$/);
  });

  test('as a dry run is the preview of the same', async () => {
    const { response } = await guard.validate(poolReview(WHOLE, HALF, { dryRun: true }));
    assert.equal(response.allowed, false);
    assert.equal(guard.records[0]?.dryRun, true);
  });

  test('is a deletion: all are counted', async () => {
    const { response } = await guard.validate(poolReview(WHOLE, undefined));
    assert.match(response.status?.message ?? '', /would strand the IPs of 2 Services: default\/low .*, default\/high /);
  });

  test('lists ten Services and counts the rest', async () => {
    guard.stored(...Array.from({ length: 20 }, (_, i) => service(`s${i}`, ips(`192.0.2.${10 + i}`))));
    const { response } = await guard.validate(poolReview(WHOLE, undefined));
    const message = response.status?.message ?? '';
    assert.match(message, /of 22 Services: .*, and 12 more\. /);
    assert.equal(message.match(/in no pool/g)?.length, 10);
  });

  test('is judged by the stored pool that is being edited, not by what the cache has of it', async () => {
    guard.pools();
    assert.equal((await guard.validate(poolReview(WHOLE, HALF))).response.allowed, false);
  });

  for (const [name, mods] of [
    ['of another class', [spec({ loadBalancerClass: 'a/b' })]],
    ['that is being deleted', [metadata({ deletionTimestamp: '2026-06-01T00:00:00Z' })]],
  ] as const) {
    test(`a Service ${name} strands nowhere`, async () => {
      guard.stored(service('high', ips('192.0.2.200'), metadata({ resourceVersion: '101' }), ...mods));
      assert.equal((await guard.validate(poolReview(WHOLE, HALF))).response.allowed, true);
    });
  }

  describe('with permission', () => {
    const reason = async (becomes: JsonObject | undefined, was = WHOLE) =>
      (await guard.validate(poolReview(was, becomes))).response;

    test('passes as long as it lasts', async () => {
      const { allowed, auditAnnotations } = await reason(permitted('2026-06-01T00:00:01Z'));
      assert.deepEqual([allowed, auditAnnotations?.reason], [true, 'StrandAllowed']);
    });

    test('that has expired is refused', async () => {
      assert.equal((await reason(permitted('2026-06-01T00:00:00Z'))).allowed, false);
    });

    test('that cannot be read is refused, and told why', async () => {
      const { allowed, status } = await reason(permitted('tomorrow'));
      assert.equal(allowed, false);
      assert.match(status?.message ?? '', /Its holdfast\.dev\/allow-strand is void: "tomorrow" is not a time/);
    });

    test('of the stored pool counts for its deletion', async () => {
      const stored = poolJson(['192.0.2.0/24'], { [ALLOW]: 'until=2026-06-02T00:00Z reason=x' });
      assert.equal((await reason(undefined, stored)).allowed, true);
      assert.equal((await reason(HALF, stored)).allowed, false, 'the edit takes it away');
    });
  });

  test('in audit is told and passes', async () => {
    guard = new Guarded({ mode: 'audit', keeper: undefined, store: undefined });
    guard.pools(poolToCore(WHOLE)).stored(service('high', ips('192.0.2.200')));
    const { response } = await guard.validate(poolReview(WHOLE, HALF));
    assert.equal(response.allowed, true);
    assert.deepEqual(response.warnings, [
      'holdfast (audit): would refuse, Strand of 192.0.2.200, held by default/high',
    ]);
  });

  test('is recorded as what it is', async () => {
    await guard.validate(poolReview(WHOLE, HALF));
    const [record] = guard.records;
    assert.deepEqual(
      [record?.kind, record?.object.name, record?.user, record?.actor],
      ['IPAddressPool', 'main', 'alice', 'other'],
    );
  });
});

describe('new labels of a namespace', () => {
  const relabel = (labels: JsonObject): JsonObject => {
    const named = (with_: JsonObject) => ({ metadata: { name: 'default', labels: with_ } });
    return {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: {
        uid: 'review-namespace',
        resource: { group: '', version: 'v1', resource: 'namespaces' },
        name: 'default',
        operation: 'UPDATE',
        userInfo: { username: 'alice' },
        oldObject: named({ tier: 'a' }),
        object: named(labels),
      },
    };
  };
  let guard: Guarded;

  beforeEach(() => {
    guard = new Guarded();
    const selector = { priority: 1, namespaceSelectors: [{ matchLabels: { tier: 'a' } }] };
    guard.pools(poolToCore(poolJson(['192.0.2.0/24'], {}, { serviceAllocation: selector })));
    guard.state.replaceNamespaces([
      { name: 'default', labels: { tier: 'a' } },
      { name: 'other', labels: { tier: 'a' } },
    ]);
    guard.stored(service('web', ips('192.0.2.1')));
  });

  test('that leave the pool open pass without a word', async () => {
    const { response } = await guard.validate(relabel({ tier: 'a', more: 'x' }));
    assert.deepEqual([response.allowed, response.warnings], [true, undefined]);
  });

  test('that close the pool are only warned about, in every mode', async () => {
    const { response } = await guard.validate(relabel({}));
    assert.equal(response.allowed, true);
    assert.deepEqual(response.warnings, ['holdfast: Strand of 192.0.2.1, held by default/web']);
    assert.equal(response.auditAnnotations?.reason, 'Strand');
  });

  test('mean nothing when no pool can be read', async () => {
    guard.state.replacePools(undefined);
    const { response } = await guard.validate(relabel({}));
    assert.deepEqual([response.allowed, response.warnings], [true, undefined]);
  });
});
