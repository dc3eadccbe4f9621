import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { poolToCore } from '../../src/review/pool-to-core.ts';
import { pool } from '../gen/pool.ts';
import { createReview, statusReview } from '../gen/review.ts';
import { annotations, ips, metadata, newService, type ServiceJson, service, spec } from '../gen/service.ts';
import { Guarded } from '../unit/app/guarded.ts';

/** Warnings that Kubernetes clients show whole are at most this long (dynamic admission control, "response"). */
const LIMIT = 120;

const name = fc.oneof(fc.constantFrom('a', 'web', 'w'.repeat(63)), fc.stringMatching(/^[a-z][a-z0-9-]{0,60}[a-z0-9]$/));
const ip = fc.constantFrom('192.0.2.0', '192.0.2.7', '198.51.100.1', '203.0.113.9', '2001:db8::7', 'fd00::1');
const request = fc.oneof(ip, fc.tuple(ip, ip).map(String), fc.string({ maxLength: 200 }));
const time = fc.constantFrom('2020-01-01T00:00Z', '2026-12-01T10:00Z', '2026-12-01', 'tomorrow', 'x'.repeat(200));
const permission = fc.oneof(
  fc.tuple(ip, time, fc.string()).map(([one, until, why]) => `${one} until=${until} reason=${why}`),
  fc.tuple(time, fc.string()).map(([until, why]) => `until=${until} reason=${why}`),
  fc.string({ maxLength: 300 }),
);
const poolName = fc.oneof(fc.constantFrom('main', 'closed', 'tiny', 'p'.repeat(200)), fc.string({ maxLength: 100 }));
const some = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** What users write on Services: everything that holdfast has a warning for, and nonsense. */
const wishes = fc.record({
  'metallb.io/loadBalancerIPs': some(request),
  'metallb.universe.tf/loadBalancerIPs': some(request),
  'metallb.io/address-pool': some(poolName),
  'metallb.universe.tf/address-pool': some(poolName),
  'metallb.io/allow-shared-ip': some(fc.constantFrom('k', 'other', '')),
  'metallb.universe.tf/allow-shared-ip': some(fc.constantFrom('k', 'x'.repeat(100))),
  'holdfast.dev/allow-move': some(permission),
});
const specs = fc.record({
  loadBalancerIP: some(request),
  externalTrafficPolicy: fc.constantFrom('Local', 'Cluster'),
  ports: fc.array(fc.record({ port: fc.constantFrom(80, 443), protocol: fc.constantFrom('TCP', 'UDP') }), {
    minLength: 1,
    maxLength: 40,
  }),
});
const labels = fc.constantFrom({}, { team: 'blue' }, { team: 'red' });

const shaped = fc
  .record({ wishes, specs, labels, assigned: fc.uniqueArray(ip, { maxLength: 2 }) })
  .map(({ wishes: wanted, specs: fields, labels: worn, assigned }) => (made: ServiceJson) => {
    const set = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
    return ips(...assigned)(metadata({ labels: worn })(spec(fields)(annotations(set as Record<string, string>)(made))));
  });

const POOLS = [
  pool('main', ['192.0.2.0/24', '2001:db8::/64'], {
    serviceAllocation: { serviceSelectors: [{ matchLabels: { team: 'blue' } }] },
  }),
  pool('tiny', ['198.51.100.1/32'], { avoidBuggyIPs: true }),
  pool('closed', ['203.0.113.0/24'], { serviceAllocation: { namespaces: ['elsewhere'] } }),
];

function check(warnings: readonly string[] | undefined): void {
  for (const warning of warnings ?? []) {
    assert.match(warning, /^holdfast(?: \(audit\))?: [A-Z]\w+|^holdfast \(audit\): would refuse, [A-Z]/);
    assert.ok(warning.length <= LIMIT, `${warning.length}: ${warning}`);
  }
}

test('whatever users write and whatever things are called, a warning has at most 120 characters', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({ owner: shaped, before: shaped, after: shaped, name, other: name, namespace: name }),
      async ({ owner, before, after, name: own, other, namespace }) => {
        const at = (who: string) => metadata({ namespace, name: who });
        for (const mode of ['enforce', 'audit'] as const) {
          const guard = new Guarded({ mode });
          guard.pools(...POOLS);
          const was = at(own)(before(service('edited')));
          guard.stored(at(other)(owner(service('owner'))), was);
          const edited = statusReview(was, after(was), { subResource: undefined, userInfo: { username: 'alice' } });
          check((await guard.validate(edited)).response.warnings);
          const made = createReview(at(own)(after(newService('made'))));
          check((await guard.validate(made)).response.warnings);
          check((await guard.validate(statusReview(was, after(was)))).response.warnings);
        }
      },
    ),
    { numRuns: 150 },
  );
});

test('the same for changes of pools and namespaces', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(name, { minLength: 1, maxLength: 12 }),
      permission,
      name,
      async (names, text, namespace) => {
        const guard = new Guarded({ mode: 'audit' });
        const was = { metadata: { name: 'main' }, spec: { addresses: ['192.0.2.0/24'] } };
        const closing = { serviceAllocation: { namespaces: ['x'], namespaceSelectors: [{ matchLabels: { a: 'b' } }] } };
        guard.pools(poolToCore({ ...was, spec: { ...was.spec, ...closing } }));
        guard.state.replaceNamespaces([{ name: namespace, labels: { a: 'b' } }]);
        names.forEach((one, i) => {
          guard.stored(metadata({ namespace, name: one, uid: `uid-${i}` })(service(`s${i}`, ips(`192.0.2.${i}`))));
        });
        const glass = { metadata: { name: 'main', annotations: { 'holdfast.dev/allow-strand': text } } };
        const resource = { group: 'metallb.io', version: 'v1beta1', resource: 'ipaddresspools' };
        for (const becomes of [
          null,
          { ...was, ...glass, spec: { addresses: ['192.0.2.255/32'] } },
          { ...was, ...glass },
        ]) {
          const operation = becomes === null ? 'DELETE' : 'UPDATE';
          check(await told(guard, { resource, operation, oldObject: was, object: becomes }));
        }
        const labelled = { metadata: { name: namespace, labels: {} } };
        const namespaces = { group: '', version: 'v1', resource: 'namespaces' };
        check(await told(guard, { resource: namespaces, operation: 'UPDATE', object: labelled }));
      },
    ),
    { numRuns: 100 },
  );
});

async function told(guard: Guarded, request: object): Promise<readonly string[] | undefined> {
  const envelope = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' };
  const asked = { uid: 'review', userInfo: { username: 'alice' }, ...request };
  return (await guard.validate({ ...envelope, request: asked })).response.warnings;
}
