import assert from 'node:assert/strict';
import { test } from 'node:test';
import { didYouMean } from '../../../src/config/did-you-mean.ts';

const KNOWN = [
  'mode',
  'listen',
  'ops-listen',
  'sticky-for',
  'lb-class',
  'metallb-user',
  'metallb-namespace',
  'namespace',
];

for (const [written, meant] of [
  ['moed', 'mode'],
  ['mod', 'mode'],
  ['stickyFor', 'sticky-for'],
  ['lb_class', 'lb-class'],
  ['lb-classes', 'lb-class'],
  ['--listen', 'listen'],
  ['METALLB-USER', 'metallb-user'],
  ['metalb-users', 'metallb-user'],
  ['name-space', 'namespace'],
  ['verbose', undefined],
  ['x', undefined],
  ['', undefined],
] as const) {
  test(`${JSON.stringify(written)} means ${meant ?? 'nothing we know'}`, () => {
    assert.equal(didYouMean(written, KNOWN), meant);
  });
}
