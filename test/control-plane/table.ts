import type { StormResult } from './storm-result.ts';

type Column<T> = { readonly title: string; readonly text: (row: T) => string };

/** A text table: titles, a rule, one line per row; the first column is left-aligned, the others right-aligned. */
export function formatTable<T>(columns: readonly Column<T>[], rows: readonly T[]): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ text }) => text(row)))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  const lines = cells.map((line) =>
    line
      .map((cell, index) => (index === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[index] ?? 0)))
      .join('  '),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

const stormColumns: readonly Column<StormResult>[] = [
  { title: 'storm', text: ({ storm }) => (storm === 'restart' ? 'restart' : 'two') },
  { title: 'MetalLB', text: ({ metallb }) => metallb },
  { title: 'kube', text: ({ kube }) => kube },
  { title: 'services', text: ({ assigned, extra }) => `${assigned}+${extra}` },
  { title: 'moved', text: ({ moved }) => String(moved) },
  { title: '2 owners', text: ({ doubledEver }) => String(doubledEver) },
  { title: 'at end', text: ({ doubledFinal }) => String(doubledFinal) },
  { title: 'pending', text: ({ pendingEnd }) => String(pendingEnd) },
  { title: 'last IP', text: ({ msToLastIp }) => (msToLastIp === undefined ? '-' : seconds(msToLastIp)) },
  { title: 'ev/10 s', text: ({ eventsLast10s }) => String(eventsLast10s) },
  { title: 'refused', text: ({ metallbRefusedWrites }) => String(metallbRefusedWrites) },
];

/** One line per storm, at most 100 columns. */
export function stormTable(results: readonly StormResult[]): string {
  return formatTable(stormColumns, results);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
