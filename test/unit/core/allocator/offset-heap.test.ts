import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OffsetHeap } from '../../../../src/core/allocator/offset-heap.ts';

test('a heap gives back each number once, the smallest first, whatever comes and goes between', () => {
  const anyStep = fc.oneof({ weight: 3, arbitrary: fc.nat(30) }, { weight: 1, arbitrary: fc.constant('pop' as const) });
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 100, size: 'max' }), (steps) => {
      const heap = new OffsetHeap();
      const model = new Set<number>();
      for (const step of [...steps, ...steps.map(() => 'pop' as const)]) {
        const least = model.size === 0 ? undefined : Math.min(...model);
        assert.equal(heap.peek(), least);
        if (step === 'pop') {
          assert.equal(heap.pop(), least);
          if (least !== undefined) model.delete(least);
        } else {
          heap.push(step);
          model.add(step);
        }
      }
      assert.equal(heap.pop(), undefined);
    }),
    { numRuns: 500 },
  );
});
