import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isObject, objectAt } from '../../../src/review/json.ts';
import { parseLean } from '../../../src/review/lean-json.ts';
import { corpus } from '../../fuzz/corpus.ts';
import { mutateBytes, mutateJson } from '../../fuzz/mutate.ts';
import { Random } from '../../parity/random.ts';

/** What JSON.parse says, without what parseLean may leave out; undefined for what is no JSON. */
function plain(text: string): unknown {
  try {
    return withoutManagedFields(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function lean(text: string): unknown {
  try {
    return withoutManagedFields(parseLean(text));
  } catch {
    return undefined;
  }
}

/** Wherever they stand: in a mutated text that may be anywhere. */
function withoutManagedFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutManagedFields);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'managedFields');
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutManagedFields(inner)]));
}

/** True when the two Services of a review share one spec: the text was not read whole. */
function wasCut(review: unknown): boolean {
  const request = objectAt(review as Record<string, unknown>, 'request');
  const spec = objectAt(request, 'object').spec;
  return isObject(spec) && spec === objectAt(request, 'oldObject').spec;
}

const { reviews } = corpus();
const TEXTS = reviews.map((review) => JSON.stringify(review));
const STATUS_WRITE = TEXTS.find((text) => wasCut(parseLean(text))) ?? '';

/** A review in the API server's form. */
function review({ metadata = '', spec = '{}', status = '{}', fields = '[]', extra = '' } = {}): string {
  const service = (ip: string) =>
    `{"kind":"Service","apiVersion":"v1","metadata":{"name":"web"${metadata},"managedFields":${fields}},"spec":${spec},` +
    `"status":{"loadBalancer":${status},"x":"${ip}"}}`;
  return (
    `{"kind":"AdmissionReview","request":{"uid":"u"${extra},"object":${service('a')},"oldObject":${service('b')},` +
    '"dryRun":false}}'
  );
}

describe('parseLean', () => {
  it('reads every recorded status write in pieces, and finds what JSON.parse finds', () => {
    const writes = TEXTS.filter((text) => text.includes('"subResource":"status"'));
    assert.ok(writes.length > 20);
    for (const text of writes) {
      const found = parseLean(text);
      assert.ok(wasCut(found), text);
      assert.equal(text.includes('managedFields'), true);
      assert.equal(JSON.stringify(found).includes('managedFields'), false);
      assert.deepEqual(found, plain(text));
    }
  });

  const forms: readonly (readonly [string, string, boolean])[] = [
    ['the plain form', review(), true],
    ['a label named like a field', review({ metadata: ',"labels":{"status":"x","spec":"y"}' }), true],
    [
      'a quoted review in an annotation',
      review({ metadata: `,"annotations":{"a":${JSON.stringify(review())}}` }),
      true,
    ],
    ['a bracket in managedFields', review({ fields: '[{"f":{"v:[1]":{}}}]' }), false],
    ['a spec inside managedFields', review({ fields: '[{"a":{"b":[1]},"spec":{}}]' }), false],
    ['a nested end inside managedFields', review({ fields: '[{"a":{"b":[{"c":[1]},"spec"]}}]' }), false],
    ['a selector with a field of this name', review({ spec: '{"selector":{"a":"b","status":{"x":1}}}' }), false],
    ['two specs', review({ spec: '{},"spec":{"a":1}' }), false],
    ['a status before', review({ metadata: '},"status":{"loadBalancer":{}},"metadata":{"name":"x"' }), true],
    ['a spec of many objects', review({ spec: '{}},"foo":{"a":1' }), false],
    ['an extra of this name', review({ extra: ',"userInfo":{"extra":{"a":["x"],"managedFields":["y"]}}' }), false],
    ['an object in the wrong place', review({ extra: ',"x":{"object":{"kind":"Service"}}' }), true],
    ['two objects', review().replace('"dryRun"', '"object":{"spec":1},"dryRun"'), false],
    ['a spec of zero', review({ spec: '0' }), true],
    ['a quote before the key', review({ metadata: ',"a\\"":{"b\\\\":1}' }), true],
  ];
  for (const [name, text, cut] of forms) {
    it(`finds the same as JSON.parse: ${name}`, () => {
      assert.deepEqual(lean(text), plain(text));
      if (name !== 'a spec of zero') assert.equal(plain(text) !== undefined && wasCut(parseLean(text)), cut);
    });
  }

  it('throws the SyntaxError of JSON.parse for what is none', () => {
    for (const text of ['', '{', review().slice(0, -1), review().replace('"spec":{}', '"spec":}')]) {
      assert.throws(() => parseLean(text), SyntaxError, text);
    }
  });

  it('finds the same as JSON.parse in 4,000 mutated texts', () => {
    const random = new Random(7);
    let cut = 0;
    for (let i = 0; i < 4_000; i += 1) {
      const source = random.chance(60) ? STATUS_WRITE : random.pick(TEXTS);
      const text = random.chance(50)
        ? mutateBytes(Buffer.from(source), random).toString('utf8')
        : (JSON.stringify(mutateJson(JSON.parse(source), random)) ?? '');
      const [ours, theirs] = [lean(text), plain(text)];
      if (ours !== undefined && wasCut(parseLean(text))) cut += 1;
      if (ours !== undefined && theirs === undefined) {
        // No JSON, but only inside of managedFields, which nobody reads.
        const emptied = text.replaceAll(/,"managedFields":\[[^\]]*\]/g, ',"managedFields":[]');
        assert.deepEqual(ours, plain(emptied), text);
      } else assert.deepEqual(ours, theirs, text);
    }
    assert.ok(cut > 400, `only ${cut} were cut`);
  });
});
