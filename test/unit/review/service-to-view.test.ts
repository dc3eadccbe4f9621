import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../../../src/review/json.ts';
import { ingress, spec, view } from '../../gen/service.ts';

/** Statuses that MetalLB would not have written, and what holdfast reads in them (scenario 40). */
const rows: readonly (readonly [
  name: string,
  entries: readonly JsonObject[],
  assigned: readonly string[],
  malformed?: readonly string[],
])[] = [
  [
    'three IPs of one family, in any order',
    [{ ip: '192.0.2.3' }, { ip: '192.0.2.1' }, { ip: '192.0.2.2' }],
    ['192.0.2.1', '192.0.2.2', '192.0.2.3'],
  ],
  ['one IP twice, in two spellings', [{ ip: '2001:DB8::7' }, { ip: '2001:db8:0:0::7' }], ['2001:db8::7']],
  ['an IPv4-mapped IPv6, which Go reads as IPv4', [{ ip: '::ffff:192.0.2.7' }], ['192.0.2.7']],
  ['leading zeros beside a good IP', [{ ip: '192.0.2.7' }, { ip: '192.0.02.7' }], ['192.0.2.7'], ['192.0.02.7']],
  ['a name where an IP belongs', [{ ip: 'web.example' }], [], ['web.example']],
  ['a zone id', [{ ip: 'fe80::1%eth0' }], [], ['fe80::1%eth0']],
  ['an empty text and a hostname only', [{ ip: '' }, { hostname: 'web.example' }], []],
  ['an IP that is a number', [{ ip: 3232235777 }, { ip: '192.0.2.7' }], ['192.0.2.7']],
];

for (const [name, entries, assigned, malformed = []] of rows) {
  test(`a status with ${name}`, () => {
    const read = view('web', ingress(...entries));
    assert.deepEqual([read.assigned, read.malformed], [assigned, malformed]);
  });
}

test('a status without a list, and one of a Service that is no LoadBalancer, have no IPs', () => {
  assert.deepEqual(view('web', (made) => ({ ...made, status: { loadBalancer: { ingress: 'x' } } })).assigned, []);
  assert.deepEqual(view('web', ingress({ ip: '192.0.2.7' }), spec({ type: 'ClusterIP' })).assigned, []);
});
