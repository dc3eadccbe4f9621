import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type IpClaim, mismatches } from '../../chaos/verdict.ts';
import type { Service } from '../../control-plane/kube-types.ts';

const IP = '192.0.2.1';
const claim = (...names: readonly string[]): IpClaim => ({
  spec: { ip: IP, holders: names.map((name) => ({ namespace: 'default', name, uid: `uid-${name}` })) },
});
const having = (name: string): Service =>
  ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: 'default', name, uid: `uid-${name}` },
    spec: { type: 'LoadBalancer' },
    status: { loadBalancer: { ingress: [{ ip: IP }] } },
  }) as unknown as Service;

describe('claims and statuses at rest', () => {
  test('agree', () => assert.deepEqual(mismatches([claim('a')], [having('a')]), []));

  test('an IP without a claim, and a claim that names another Service of that IP', () => {
    assert.deepEqual(mismatches([], [having('a')]), [`I5: no claim for ${IP} default/a uid-a`]);
    assert.deepEqual(mismatches([claim('b')], [having('a')]), [
      `I5: no claim for ${IP} default/a uid-a`,
      `I5: a claim without an IP: ${IP} default/b uid-b`,
    ]);
  });

  test('who is gone may wait for its name, alone or beside one that shares the IP (seed 23 was held to be a leak)', () => {
    const [a, b] = claim('a', 'b').spec.holders;
    assert.ok(a !== undefined && b !== undefined);
    const gone = { ...b, goneSince: '2026-01-01T00:00:00Z' };
    assert.deepEqual(mismatches([{ spec: { ip: IP, holders: [gone] } }], []), []);
    assert.deepEqual(mismatches([{ spec: { ip: IP, holders: [a, gone] } }], [having('a')]), []);
    assert.deepEqual(mismatches([{ spec: { ip: IP, holders: [a, gone] } }], []), [
      `I5: a claim without an IP: ${IP} default/a uid-a`,
    ]);
  });
});
