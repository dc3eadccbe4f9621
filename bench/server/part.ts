import type { Figure, Measured, PlotData } from '../figures.ts';
import type { SubjectName } from './subjects.ts';
import { loadInTurns, type Results, type ServerOptions } from './turns.ts';

/** Requests a second of holdfast and of others, in turn, on one CPU each. */
export async function measureServers(options: ServerOptions): Promise<Measured> {
  const results = await loadInTurns(options);
  const figures = options.connections.flatMap((count) => figuresAt(count, results));
  return { figures, plots: [plotOf(options, results)], skipped: results.skipped };
}

function plotOf({ subjects, connections }: ServerOptions, results: Results): PlotData {
  const series = subjects.map((name) => ({
    name,
    points: connections.map((count) => [count, results.median(name, count, 'perSecond')] as const),
  }));
  return { plot: 'server', series: series.filter(({ points }) => points.every(([, y]) => !Number.isNaN(y))) };
}

function figuresAt(count: number, results: Results): readonly Figure[] {
  const rate = (name: SubjectName) => results.median(name, count, 'perSecond');
  const p99 = (name: SubjectName) => results.median(name, count, 'p99');
  const ours = rate('holdfast');
  const figures: Figure[] = [];
  const against = (name: SubjectName, id: string, target: { readonly atLeast: number } | undefined) => {
    const theirs = rate(name);
    if (Number.isNaN(theirs)) return;
    const from = `${Math.round(ours)} / ${Math.round(theirs)} requests/s`;
    const what = `throughput against ${name}, ${count} connections`;
    figures.push({ id, what, value: ours / theirs, unit: '×', from, ...(target === undefined ? {} : { target }) });
  };
  against('bare node', `server.${count}.bare-node`, { atLeast: 0.85 });
  against('controller-runtime', `server.${count}.controller-runtime`, { atLeast: 2.4 });
  against('express', `server.${count}.express`, undefined);
  const cpu = (name: SubjectName) => results.median(name, count, 'serverMicros');
  if (!Number.isNaN(cpu('bare node'))) {
    figures.push({
      id: `server.${count}.cpu`,
      what: `CPU time of bare node for a review against holdfast's, ${count} connections`,
      value: cpu('bare node') / cpu('holdfast'),
      unit: '×',
      from: `${cpu('bare node').toFixed(0)} / ${cpu('holdfast').toFixed(0)} µs`,
    });
  }
  if (!Number.isNaN(p99('bare node'))) {
    figures.push({
      id: `server.${count}.p99`,
      what: `p99 against bare node, ${count} connections`,
      value: p99('holdfast') / p99('bare node'),
      unit: '×',
      ...(count === 16 ? { target: { atMost: 1.3 } } : {}),
      from: `${p99('holdfast').toFixed(2)} / ${p99('bare node').toFixed(2)} ms`,
    });
  }
  return figures;
}
