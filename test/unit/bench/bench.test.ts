import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { losses } from '../../../bench/baseline.ts';
import { type Figure, figureTable, keeps, limitText, numberText } from '../../../bench/figures.ts';
import { linePlot } from '../../../bench/plots/svg.ts';
import { median, percentile } from '../../../bench/support/statistics.ts';

const figure = (more: Partial<Figure>): Figure => ({
  id: 'a',
  what: 'a thing',
  value: 1,
  unit: '×',
  from: '2 / 2',
  ...more,
});

describe('statistics', () => {
  it('takes the middle, or the mean of the two in the middle', () => {
    assert.deepEqual([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])], [2, 2.5, 7]);
    assert.ok(Number.isNaN(median([])));
  });

  it('takes a percentile by nearest rank', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    assert.deepEqual([percentile(hundred, 0.5), percentile(hundred, 0.99), percentile(hundred, 1)], [50, 99, 100]);
    assert.equal(percentile([5], 0.01), 5);
  });
});

describe('figures', () => {
  it('keep to limits, which read as signs', () => {
    assert.deepEqual(
      [keeps(1, { atLeast: 1 }), keeps(0.9, { atLeast: 1 }), keeps(2, { atMost: 1 })],
      [true, false, false],
    );
    assert.ok(!keeps(Number.NaN, { atMost: 1 }), 'what could not be measured is not met');
    assert.deepEqual([limitText({ atLeast: 0.85 }), limitText({ atMost: 1.3 })], ['≥ 0.85', '≤ 1.3']);
    assert.deepEqual([numberText(1234.5), numberText(0.8512), numberText(12.345)], ['1,235', '0.851', '12.3']);
  });

  it('stand in one table, ratios first, with what is missed in capitals', () => {
    const lines = figureTable([
      figure({ id: 'memory', unit: 'MB', value: 300, target: { atMost: 250 } }),
      figure({ id: 'ratio', value: 0.9, target: { atLeast: 0.85 } }),
    ]).split('\n');
    assert.match(lines[2] ?? '', /^ratio +0\.9 × +≥ 0\.85 +yes/);
    assert.match(lines[3] ?? '', /^memory +300 MB +≤ 250 +NO/);
  });
});

describe('the baseline', () => {
  const limits = JSON.parse(readFileSync(new URL('../../../bench/baseline.json', import.meta.url), 'utf8')) as object;

  it('names a clear loss, and nothing else', () => {
    const id = 'server.16.cpu';
    assert.deepEqual(losses([figure({ id, value: 0.9 }), figure({ id: 'unknown', value: 0 })]), []);
    const [line, ...more] = losses([figure({ id, value: 0.1 })]);
    assert.match(line ?? '', /^server\.16\.cpu \(a thing\) is 0\.1 ×, must be ≥ /);
    assert.deepEqual(more, []);
  });

  it('takes a figure that is no number for a loss', () => {
    assert.equal(losses([figure({ id: Object.keys(limits)[0] ?? '', value: Number.NaN })]).length, 1);
  });
});

describe('a plot', () => {
  const text = { title: 'a < b', xLabel: 'x', yLabel: 'y' };
  const svg = linePlot(
    [
      {
        name: 'one & two',
        points: [
          [1, 5],
          [10, 7],
          [100, 9],
        ],
      },
    ],
    text,
  );

  it('has a point for each value, evenly apart on the logarithmic axis, and escapes its texts', () => {
    const xs = [...svg.matchAll(/<circle cx="([\d.]+)"/g)].map(([, x]) => Number(x));
    assert.equal(xs.length, 3);
    const [a = 0, b = 0, c = 0] = xs;
    assert.ok(Math.abs(b - a - (c - b)) < 0.2);
    assert.ok(svg.includes('one &amp; two') && svg.includes('a &lt; b'));
  });

  it('reads on dark and on light ground', () => {
    assert.match(svg, /prefers-color-scheme: dark/);
  });
});
