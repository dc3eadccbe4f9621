import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HeapRelief } from '../../../src/kube/heap-relief.ts';

const MIB = 1024 * 1024;

/** A heap that says what it is told to, and what is collected of it. */
function heap() {
  const collected: string[] = [];
  const state = { used: 0, collected };
  const collect = (how?: object) => {
    collected.push(how === undefined ? 'quickly' : 'thoroughly');
    state.used = 0;
  };
  return { state, relief: new HeapRelief({ used: () => state.used, collect }) };
}

function pages(relief: HeapRelief, list: object, count: number): void {
  for (let i = 0; i < count; i += 1) relief.afterPage(list);
}

describe('collecting what a list leaves behind', () => {
  const [services, claims] = [{}, {}];

  it('on the way, when 32 MiB have come together', () => {
    const { state, relief } = heap();
    state.used = 32 * MIB - 1;
    relief.afterPage(services);
    assert.deepEqual(state.collected, []);
    state.used = 32 * MIB;
    relief.afterPage(services);
    assert.deepEqual(state.collected, ['quickly']);
  });

  it('thoroughly at the end of a list of several pages, and not of a short one', () => {
    const { state, relief } = heap();
    pages(relief, services, 1);
    relief.afterList(services);
    assert.deepEqual(state.collected, []);
    pages(relief, services, 2);
    relief.afterList(services);
    assert.deepEqual(state.collected, ['thoroughly']);
  });

  it('once for long lists that are read together, at the end of the last', () => {
    const { state, relief } = heap();
    pages(relief, services, 2);
    pages(relief, claims, 2);
    relief.afterList(services);
    assert.deepEqual(state.collected, []);
    relief.afterList(claims);
    assert.deepEqual(state.collected, ['thoroughly']);
  });

  it('a list that broke off, or has one page, is not waited for', () => {
    const { state, relief } = heap();
    pages(relief, services, 2);
    pages(relief, claims, 2);
    relief.done(claims);
    pages(relief, {}, 1);
    relief.afterList(services);
    assert.deepEqual(state.collected, ['thoroughly']);
  });
});
