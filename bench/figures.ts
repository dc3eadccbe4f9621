import { formatTable } from '../test/control-plane/table.ts';

/** What a measurement came to. */
export interface Figure {
  /** Stable: `bench/baseline.json` and `docs/performance.md` name figures by it. */
  readonly id: string;
  readonly what: string;
  readonly value: number;
  /** `×` is a ratio of two things measured in the same run: it does not depend on the machine. */
  readonly unit: '×' | '/s' | 'µs' | 'ms' | 's' | 'MB';
  readonly target?: Limit;
  /** What the value was made from. */
  readonly from: string;
}

/** What a figure must be; one of the two. */
export interface Limit {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** Points of a line in a plot. */
export interface Series {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Data of a plot besides the figures. `plot` is its file name in docs/plots. */
export interface PlotData {
  readonly plot: string;
  readonly series: readonly Series[];
}

/** What a part of the bench comes to. */
export interface Measured {
  readonly figures: readonly Figure[];
  readonly plots: readonly PlotData[];
  /** What was left out, and why. */
  readonly skipped: readonly string[];
}

/** True when a value keeps to a limit. */
export function keeps(value: number, { atLeast = -Infinity, atMost = Infinity }: Limit): boolean {
  return value >= atLeast && value <= atMost;
}

/** `≥ 0.85` or `≤ 1.3`. */
export function limitText({ atLeast, atMost }: Limit): string {
  return atLeast === undefined ? `≤ ${numberText(atMost ?? Number.NaN)}` : `≥ ${numberText(atLeast)}`;
}

/** All figures as one table, the ratios first. */
export function figureTable(figures: readonly Figure[]): string {
  const ratiosFirst = [...figures].sort((one, other) => Number(other.unit === '×') - Number(one.unit === '×'));
  return formatTable<Figure>(
    [
      { title: 'figure', text: ({ id }) => id },
      { title: 'value', text: ({ value, unit }) => `${numberText(value)} ${unit}` },
      { title: 'target', text: ({ target }) => (target === undefined ? '' : limitText(target)) },
      { title: 'met', text: ({ value, target }) => (target === undefined ? '' : keeps(value, target) ? 'yes' : 'NO') },
      { title: 'from', text: ({ from }) => from },
    ],
    ratiosFirst,
  );
}

/** Three digits that count, with thousands apart. */
export function numberText(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en-US') : String(Number(value.toPrecision(3)));
}
