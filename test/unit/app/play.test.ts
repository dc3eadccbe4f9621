import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { applyPatch } from '../../../src/app/apply-patch.ts';
import { type Ask, through } from '../../../src/app/play.ts';
import { World } from '../../../src/app/world.ts';
import { type JsonObject, objectAt } from '../../../src/review/json.ts';
import { statusReview } from '../../gen/review.ts';
import { annotations, ips, service } from '../../gen/service.ts';

describe('a status write on its way through the hooks', () => {
  const review = statusReview(service('a', ips('192.0.2.1')), service('a', ips('192.0.2.2')));

  test('reaches the validating hook as the mutating hook has changed it', async () => {
    const { ask, asked } = hook({ allowed: true });
    const mutate: Ask = async () => ({ allowed: true, patch: encoded([statusOf('192.0.2.3')]) });
    const admitted = await through({ mutate, validate: ask })(review);
    assert.deepEqual(asked, [admitted]);
    assert.deepEqual(objectAt(objectAt(admitted ?? {}, 'request'), 'object').status, statusOf('192.0.2.3').value);
  });

  test('is stored without another question when the patch restores the old IPs', async () => {
    const { ask, asked } = hook({ allowed: false });
    const mutate: Ask = async () => ({ allowed: true, patch: encoded([statusOf('192.0.2.1')]) });
    assert.notEqual(await through({ mutate, validate: ask })(review), undefined);
    assert.deepEqual(asked, []);
  });

  test('is not stored when a hook refuses it', async () => {
    const [refuses, allows] = [hook({ allowed: false }), hook({ allowed: true })];
    assert.equal(await through({ mutate: undefined, validate: refuses.ask })(review), undefined);
    assert.equal(await through({ mutate: refuses.ask, validate: allows.ask })(review), undefined);
    assert.deepEqual(allows.asked, []);
  });
});

describe('a JSON patch', () => {
  const object = { metadata: { name: 'a', annotations: { 'b/c': '1', d: '2' } }, status: {} };

  test('adds, replaces and removes fields, with the escapes of a JSON pointer', () => {
    const patch = encoded([
      { op: 'add', path: '/metadata/annotations/x~1y~0z', value: '3' },
      { op: 'replace', path: '/metadata/annotations/b~1c', value: '4' },
      { op: 'remove', path: '/metadata/annotations/d' },
    ]);
    const patched = { metadata: { name: 'a', annotations: { 'b/c': '4', 'x/y~z': '3' } }, status: {} };
    assert.deepEqual(applyPatch(object, patch), patched);
    assert.equal(object.metadata.annotations.d, '2');
  });

  for (const [what, operation, why] of [
    ['a field without its parent', { op: 'add', path: '/metadata/labels/a', value: 'b' }, /no object at "labels"/],
    ['the removal of what is not there', { op: 'remove', path: '/metadata/labels' }, /nothing is there/],
    ['the replacement of what is not there', { op: 'replace', path: '/spec', value: {} }, /nothing is there/],
  ] as const) {
    test(`cannot be ${what}`, () => {
      assert.throws(() => applyPatch(object, encoded([operation])), why);
    });
  }
});

describe('a world in which a Service was pinned', () => {
  const pin = { 'holdfast.dev/pin': '192.0.2.1' };
  const world = () => new World([service('a', ips('192.0.2.1'), annotations(pin))]);

  test('keeps the pin in the next recorded write, and what that write changes', () => {
    const was = service('a', ips('192.0.2.1'), annotations({ gone: '1', stays: '1' }));
    const offered = world().offer(
      statusReview(was, service('a', ips('192.0.2.2'), annotations({ stays: '1', 'new': '1' }))),
    );
    assert.deepEqual(annotationsIn(offered, 'oldObject'), pin);
    assert.deepEqual(annotationsIn(offered, 'object'), { ...pin, new: '1' });
  });

  test('keeps the pin when its owner edits the Service', () => {
    const here = world();
    const edit = { operation: 'UPDATE', oldObject: service('a'), object: service('a', annotations({ mine: '1' })) };
    here.follow({ request: edit });
    assert.deepEqual(objectAt(here.find('default', 'a') ?? {}, 'metadata').annotations, { ...pin, mine: '1' });
  });
});

function hook(answer: { readonly allowed: boolean }): { readonly ask: Ask; readonly asked: JsonObject[] } {
  const asked: JsonObject[] = [];
  const ask: Ask = async (review) => {
    asked.push(review);
    return answer;
  };
  return { ask, asked };
}

function statusOf(ip: string) {
  return { op: 'add', path: '/status', value: { loadBalancer: { ingress: [{ ip }] } } } as const;
}

function encoded(operations: readonly object[]): string {
  return Buffer.from(JSON.stringify(operations)).toString('base64');
}

function annotationsIn(review: JsonObject | undefined, key: 'object' | 'oldObject'): unknown {
  return objectAt(objectAt(objectAt(review ?? {}, 'request'), key), 'metadata').annotations;
}
