import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service, ServiceSpec } from './kube-types.ts';
import { serviceManifest } from './services.ts';
import { metallbSharing } from './sharing-rule.ts';

const KEY = { 'metallb.universe.tf/allow-shared-ip': 'k' };
const NEW_KEY = { 'metallb.io/allow-shared-ip': 'k' };

let port = 0;

/** A Service with a port of its own unless `spec` says otherwise. */
function service(annotations: Readonly<Record<string, string>>, spec: ServiceSpec = {}): Service {
  port += 1;
  return serviceManifest({ name: `s${port}`, annotations, spec: { ports: [{ port }], ...spec } });
}

const LOCAL = { externalTrafficPolicy: 'Local' } as const;
const rows: readonly (readonly [string, Service, Service, boolean])[] = [
  ['the same key, other ports', service(KEY), service(KEY), true],
  ['the same key under both prefixes', service(KEY), service(NEW_KEY), true],
  ['no key', service({}), service({}), false],
  ['an empty new key wins', service({ ...KEY, 'metallb.io/allow-shared-ip': '' }), service(KEY), false],
  ['other keys', service(KEY), service({ 'metallb.io/allow-shared-ip': 'other' }), false],
  ['the same port', service(KEY, { ports: [{ port: 80 }] }), service(KEY, { ports: [{ port: 80 }] }), false],
  [
    'TCP and UDP on one port',
    service(KEY, { ports: [{ port: 53, protocol: 'TCP' }] }),
    service(KEY, { ports: [{ port: 53, protocol: 'UDP' }] }),
    true,
  ],
  ['Local with other pods', service(KEY, { ...LOCAL }), service(KEY, { ...LOCAL }), false],
  [
    'Local with the same pods',
    service(KEY, { ...LOCAL, selector: { a: '1', b: '2' } }),
    service(KEY, { ...LOCAL, selector: { b: '2', a: '1' } }),
    true,
  ],
  ['Local beside Cluster', service(KEY, { ...LOCAL }), service(KEY), false],
  ['Local without pods beside Cluster', service(KEY, { ...LOCAL, selector: {} }), service(KEY), true],
];

for (const [what, one, other, expected] of rows) {
  test(`${what}: ${expected ? 'may' : 'may not'} share`, () => {
    assert.deepEqual([metallbSharing(one, other), metallbSharing(other, one)], [expected, expected]);
  });
}
