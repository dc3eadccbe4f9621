import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../../src/review/json.ts';
import {
  type AnnotationChanges,
  annotationPatch,
  type PatchOperation,
  statusPatch,
} from '../../../src/review/json-patch.ts';
import { ipOf } from '../../gen/claim.ts';

type Annotations = Readonly<Record<string, string>>;

const annotationRows: readonly {
  readonly name: string;
  readonly existing: Annotations | undefined;
  readonly changes: AnnotationChanges;
  readonly expected: readonly PatchOperation[];
}[] = [
  {
    name: 'a new key, with its slash escaped',
    existing: { a: '1' },
    changes: { 'holdfast.dev/pin': 'x' },
    expected: [{ op: 'add', path: '/metadata/annotations/holdfast.dev~1pin', value: 'x' }],
  },
  {
    name: 'a tilde is escaped before the slash',
    existing: {},
    changes: { 'a~/~1': 'x' },
    expected: [{ op: 'add', path: '/metadata/annotations/a~0~1~01', value: 'x' }],
  },
  {
    name: 'another value',
    existing: { 'a/b': '1' },
    changes: { 'a/b': '2' },
    expected: [{ op: 'add', path: '/metadata/annotations/a~1b', value: '2' }],
  },
  { name: 'the same value', existing: { a: '1' }, changes: { a: '1' }, expected: [] },
  {
    name: 'an empty value is a value',
    existing: { a: '1' },
    changes: { a: '' },
    expected: [{ op: 'add', path: '/metadata/annotations/a', value: '' }],
  },
  {
    name: 'removing what is there',
    existing: { 'a/b': '1', c: '2' },
    changes: { 'a/b': undefined },
    expected: [{ op: 'remove', path: '/metadata/annotations/a~1b' }],
  },
  { name: 'removing what is not there', existing: { c: '2' }, changes: { a: undefined }, expected: [] },
  {
    name: 'no annotations at all: they are made in one piece',
    existing: undefined,
    changes: { 'a/b': '1', c: '2', d: undefined },
    expected: [{ op: 'add', path: '/metadata/annotations', value: { 'a/b': '1', c: '2' } }],
  },
  { name: 'no annotations at all, only removals', existing: undefined, changes: { a: undefined }, expected: [] },
  { name: 'nothing to change', existing: undefined, changes: {}, expected: [] },
];

describe('a patch of annotations', () => {
  for (const { name, existing, changes, expected } of annotationRows) {
    test(name, () => assert.deepEqual(annotationPatch(existing, changes), expected));
  }
});

const [X, Y] = ['192.0.2.7', '192.0.2.8'];
const V6 = '2001:db8::7';

const statusRows: readonly {
  readonly name: string;
  readonly final: readonly string[];
  readonly offered?: readonly JsonObject[];
  readonly stored?: readonly JsonObject[];
  readonly expected: JsonObject;
}[] = [
  { name: 'a new IP is an entry of its own', final: [X], expected: { ingress: [{ ip: X }] } },
  {
    name: 'a stored entry stays whole, also against the one that is offered',
    final: [X],
    stored: [{ ip: X, ipMode: 'VIP', ports: [{ port: 80, protocol: 'TCP' }] }],
    offered: [{ ip: X, ipMode: 'Proxy' }],
    expected: { ingress: [{ ip: X, ipMode: 'VIP', ports: [{ port: 80, protocol: 'TCP' }] }] },
  },
  {
    name: 'an offered entry stays whole',
    final: [Y, V6],
    stored: [{ ip: X }],
    offered: [{ ip: Y, ipMode: 'Proxy' }, { ip: '2001:DB8:0::7' }],
    expected: { ingress: [{ ip: Y, ipMode: 'Proxy' }, { ip: '2001:DB8:0::7' }] },
  },
  {
    name: 'what is not to be there goes',
    final: [X],
    stored: [{ ip: X }],
    offered: [{ ip: Y }, { hostname: 'h' }, { ip: 'junk' }],
    expected: { ingress: [{ ip: X }] },
  },
  { name: 'no IP at all is an empty load balancer', final: [], stored: [{ ip: X }], expected: {} },
];

describe('a patch of the status', () => {
  for (const { name, final, offered = [], stored = [], expected } of statusRows) {
    test(name, () => {
      const patch = statusPatch(final.map(ipOf), { offered, stored });
      assert.deepEqual(patch, [{ op: 'add', path: '/status/loadBalancer', value: expected }]);
    });
  }
});
