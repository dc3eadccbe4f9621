import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generate } from '../../parity/generate.ts';
import { type Script, targetOf } from '../../parity/script.ts';
import { shrink } from '../../parity/shrink.ts';

const script = generate({ seed: 7, layout: 3, edits: 12, version: '0.16.1' });
const creates = script.edits.filter(({ kind }) => kind === 'create');
const victim = targetOf(creates[1] ?? assert.fail()) ?? assert.fail();

/** A broken oracle: it calls every script wrong in which the victim is created before anything is deleted. */
const shows = async ({ edits }: Script): Promise<boolean> => {
  const made = edits.findIndex((edit) => edit.kind === 'create' && targetOf(edit) === victim);
  const removed = edits.findIndex(({ kind }) => kind === 'delete');
  return made >= 0 && (removed < 0 || made < removed);
};

test('edits, Services and pools that do not matter are left out', async () => {
  const small = await shrink(script, shows);
  assert.deepEqual(small.edits.map(targetOf), [victim]);
  assert.equal(small.pools.length, 1);
  assert.ok(await shows(small));
});

test('what matters together stays together', async () => {
  const kinds = new Set(['create', 'pool', 'delete']);
  const needsAll = async ({ edits }: Script) => [...kinds].every((kind) => edits.some((edit) => edit.kind === kind));
  const pool = script.pools[0] ?? assert.fail();
  const more: Script = {
    ...script,
    edits: [
      ...script.edits,
      { kind: 'pool', what: 'pool grow', name: pool.name, spec: {} },
      { kind: 'delete', what: 'delete', namespace: 'n', name: 'x' },
    ],
  };
  const small = await shrink(more, needsAll);
  assert.deepEqual(new Set(small.edits.map(({ kind }) => kind)), kinds);
  assert.equal(small.edits.length, 3);
});

test('a script of which nothing can be left out stays as it is', async () => {
  const same = async (candidate: Script) =>
    candidate.edits.length === script.edits.length && candidate.pools.length === script.pools.length;
  assert.deepEqual(await shrink(script, same), script);
});

test('it stops at its time, with the smallest so far', async () => {
  let asked = 0;
  const count = async () => {
    asked += 1;
    return true;
  };
  assert.deepEqual(await shrink(script, count, Date.now() - 1), script);
  assert.equal(asked, 0);
});
