import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate } from '../../parity/generate.ts';

const scripts = Array.from({ length: 300 }, (_, layout) => generate({ seed: 1, layout, edits: 8, version: '0.16.1' }));

test('the same seed makes the same script', () => {
  assert.deepEqual(generate({ seed: 1, layout: 5, edits: 8, version: '0.16.1' }), scripts[5]);
});

test('300 layouts have every kind of edit', () => {
  const found = new Set(scripts.flatMap(({ edits }) => edits.map(({ what }) => what)));
  const expected = [
    'create',
    'delete',
    're-create',
    'request',
    'request dropped',
    'pool request',
    'pool request dropped',
    'sharing key',
    'ports',
    'traffic policy',
    'selector',
    'second family',
    'both families',
    'family dropped',
    'labels',
    'type away',
    'type back',
    'class',
    'namespace labels',
    'pool grow',
    'pool shrink',
    'pool rename',
    'pool avoidBuggy',
    'pool autoAssign',
    'pool allocation',
    'pool priority',
  ];
  assert.deepEqual(found, new Set(expected));
});

test('300 layouts have every kind of pool and of wish', () => {
  const text = JSON.stringify(scripts);
  for (const part of [
    '/30"',
    '/31"',
    '/126"',
    '.0-10.',
    '"avoidBuggyIPs":true',
    '"autoAssign":false',
    '"priority":1',
    'namespaceSelectors',
    'serviceSelectors',
    '"namespaces":["l1-',
    'metallb.io/loadBalancerIPs',
    'nonsense',
    'metallb.universe.tf/loadBalancerIPs',
    'metallb.io/address-pool',
    'metallb.io/allow-shared-ip',
    'loadBalancerIP"',

    'RequireDualStack',
    'PreferDualStack',
    'SingleStack',
    '["IPv6","IPv4"]',
    'loadBalancerClass',
  ])
    assert.ok(text.includes(part), part);
});
