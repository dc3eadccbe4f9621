import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from './kube-types.ts';
import { OwnerLedger } from './owner-ledger.ts';
import { serviceManifest } from './services.ts';

let version = 0;

function service(name: string, ips: readonly string[], type: 'LoadBalancer' | 'ClusterIP' = 'LoadBalancer'): Service {
  version += 1;
  const manifest = serviceManifest({ name, spec: { type } });
  return {
    ...manifest,
    metadata: { ...manifest.metadata, uid: name, resourceVersion: String(version) },
    status: { loadBalancer: { ingress: ips.map((ip) => ({ ip })) } },
  };
}

test('a Service that loses an IP has moved, even when it gets it back', () => {
  const ledger = new OwnerLedger();
  ledger.set(service('a', ['10.0.0.1']), 1);
  ledger.set(service('a', ['10.0.0.2']), 2);
  ledger.set(service('a', ['10.0.0.1']), 3);
  assert.deepEqual(
    ledger.moves.map((move) => [move.service, move.old, move.new, move.atMs]),
    [
      ['default/a', ['10.0.0.1'], ['10.0.0.2'], 2],
      ['default/a', ['10.0.0.2'], ['10.0.0.1'], 3],
    ],
  );
});

test('another order, another spelling and an added family are no moves', () => {
  const ledger = new OwnerLedger();
  ledger.set(service('a', ['10.0.0.1']), 1);
  ledger.set(service('a', ['10.0.0.1', 'fd00:0::1']), 2);
  ledger.set(service('a', ['fd00::1', '10.0.0.1']), 3);
  assert.deepEqual(ledger.moves, []);
});

const dual = (ips: readonly string[], ipFamilies: readonly ('IPv4' | 'IPv6')[]): Service => {
  const made = service('d', ips);
  return { ...made, spec: { ...made.spec, ipFamilies } };
};

test('by family: what the user dropped has not moved, the other one has', () => {
  const ledger = new OwnerLedger();
  ledger.set(dual(['10.0.0.1', 'fd00::1'], ['IPv4', 'IPv6']), 1);
  ledger.set(dual(['10.0.0.1', 'fd00::1'], ['IPv4']), 2);
  ledger.set(dual(['10.0.0.1'], ['IPv4']), 3);
  assert.deepEqual(ledger.moves, []);
  ledger.set(dual(['10.0.0.1', 'fd00::1'], ['IPv4', 'IPv6']), 4);
  ledger.set(dual(['10.0.0.2'], ['IPv4']), 5);
  assert.deepEqual(
    ledger.moves.map(({ lost, atMs }) => ({ lost, atMs })),
    [{ lost: ['10.0.0.1'], atMs: 5 }],
  );
});

test('a dual-stack Service with one IP is half assigned, whichever comes first', () => {
  const ledger = new OwnerLedger();
  ledger.set(dual([], ['IPv6', 'IPv4']), 1);
  assert.deepEqual([ledger.halfAssigned(), [...ledger.pending]], [[], ['default/d']]);
  ledger.set(dual(['10.0.0.1'], ['IPv6', 'IPv4']), 2);
  assert.deepEqual([ledger.halfAssigned(), [...ledger.pending]], [['default/d'], []]);
  ledger.set(dual(['fd00::1', '10.0.0.1'], ['IPv6', 'IPv4']), 3);
  assert.deepEqual(ledger.halfAssigned(), []);
});

test('a Service that is deleted or stops being a LoadBalancer has not moved', () => {
  const ledger = new OwnerLedger();
  ledger.set(service('a', ['10.0.0.1']), 1);
  ledger.set(service('a', [], 'ClusterIP'), 2);
  ledger.set(service('b', ['10.0.0.1']), 3);
  ledger.delete('default/b');
  ledger.set({ ...service('b', []), metadata: { name: 'b', namespace: 'default', uid: 'b2' } }, 4);
  assert.deepEqual(ledger.moves, []);
  assert.deepEqual(ledger.doubled, []);
  assert.deepEqual([...ledger.pending], ['default/b']);
});

test('an IP with two owners is remembered after it is resolved', () => {
  const ledger = new OwnerLedger();
  ledger.set(service('a', ['10.0.0.1']), 1);
  ledger.set(service('b', ['10.0.0.1']), 2);
  assert.deepEqual(ledger.doubledNow(), ['10.0.0.1']);
  ledger.set(service('a', ['10.0.0.2']), 3);
  assert.deepEqual(ledger.doubledNow(), []);
  assert.deepEqual(
    ledger.doubled.map(({ ip, services, atMs }) => ({ ip, services, atMs })),
    [{ ip: '10.0.0.1', services: ['default/a', 'default/b'], atMs: 2 }],
  );
});

test('two owners that may share are not counted', () => {
  const ledger = new OwnerLedger((one, other) => one.metadata.name[0] === other.metadata.name[0]);
  ledger.set(service('a1', ['10.0.0.1']), 1);
  ledger.set(service('a2', ['10.0.0.1']), 2);
  assert.deepEqual([ledger.doubled, ledger.doubledNow()], [[], []]);
  assert.deepEqual(ledger.ownersOf('10.0.0.1'), ['default/a1', 'default/a2']);
});

test('a list after a gap is one change: an IP handed on within the gap never had two owners', () => {
  const ledger = new OwnerLedger();
  ledger.set(service('a', ['10.0.0.1']), 1);
  const same = service('c', ['10.0.0.3']);
  ledger.set(same, 1);
  const changed = ledger.replaceAll([service('b', ['10.0.0.1']), service('a', ['10.0.0.2']), same], 2);
  assert.equal(changed, 2);
  assert.deepEqual(ledger.doubled, []);
  assert.deepEqual(
    ledger.moves.map((move) => move.service),
    ['default/a'],
  );
  assert.equal(ledger.replaceAll([same], 3), 2);
  assert.deepEqual([...ledger.owners()], [['10.0.0.3', ['default/c']]]);
});
