import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PlotData } from '../figures.ts';
import { linePlot, type PlotText } from './svg.ts';

const FOLDER = fileURLToPath(new URL('../../docs/plots', import.meta.url));

const TEXTS: Readonly<Record<string, PlotText>> = {
  server: { title: 'Status reviews a second, one CPU', xLabel: 'connections', yLabel: 'reviews/s' },
  core: { title: 'The price of a decision and of the next free IP', xLabel: 'IPs in use', yLabel: 'µs' },
  memory: { title: 'Memory of a replica', xLabel: 'Services of 5 KB, with claims', yLabel: 'MB' },
  latency: { title: 'A status PUT at the API server', xLabel: 'percentile', yLabel: 'ms' },
};

/** Writes each plot as SVG into docs/plots. @returns the files */
export function writePlots(plots: readonly PlotData[]): readonly string[] {
  mkdirSync(FOLDER, { recursive: true });
  return plots.flatMap(({ plot, series }) => {
    const text = TEXTS[plot];
    if (text === undefined || series.every(({ points }) => points.length < 2)) return [];
    const file = join(FOLDER, `${plot}.svg`);
    writeFileSync(file, linePlot(series, text));
    return [file];
  });
}
