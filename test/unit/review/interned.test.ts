import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Interned } from '../../../src/review/interned.ts';
import { serviceToView } from '../../../src/review/service-to-view.ts';
import { service, spec } from '../../gen/service.ts';

test('equal values become one object', () => {
  const lists = new Interned<readonly string[]>((list) => list.join());
  const first = ['TCP/80', 'TCP/443'];
  assert.equal(lists.same(first), first);
  assert.equal(lists.same(['TCP/80', 'TCP/443']), first);
  assert.deepEqual(lists.same(['TCP/80']), ['TCP/80']);
});

test('values beyond the limit stay what they are', () => {
  const texts = new Interned<{ readonly text: string }>(({ text }) => text);
  for (let i = 0; i < 10_000; i += 1) texts.same({ text: String(i) });
  const [one, other] = [{ text: 'late' }, { text: 'late' }];
  assert.equal(texts.same(one), one);
  assert.equal(texts.same(other), other);
});

test('Services that look alike share what they have in common, and differ where they differ', () => {
  const [one, two] = [serviceToView(service('one')), serviceToView(service('two'))];
  const udp = serviceToView(service('three', spec({ ports: [{ port: 53, protocol: 'UDP' }] })));
  assert.equal(one.sharing.ports, two.sharing.ports);
  assert.equal(one.families, two.families);
  assert.deepEqual([one.sharing.ports, udp.sharing.ports], [['TCP/80'], ['UDP/53']]);
});
