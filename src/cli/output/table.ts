import { COLUMNS, wrap } from './wrap.ts';

const GAP = 2;
/** The last column is never squeezed below this; rows that are too wide for it take several lines instead. */
const LAST_AT_LEAST = 20;

/**
 * Rows as columns within 80 characters: each column as wide as its widest cell, the last one wrapped. A row whose other
 * cells leave it too little room has it on the next line. Only the last column is ever broken: somebody will copy the
 * name of a Service from here, so one that is longer than a line is a longer line.
 * @param indent blanks before each line
 */
export function columns(rows: readonly (readonly string[])[], indent = 2): readonly string[] {
  const last = Math.max(0, ...rows.map((row) => row.length)) - 1;
  const needed = Math.max(0, ...rows.map((row) => row[last]?.length ?? 0));
  const caps = widest(rows, last);
  squeeze(caps, COLUMNS - indent - Math.min(needed, LAST_AT_LEAST));
  const fits = (row: readonly string[]): boolean => caps.every((cap, i) => (row[i]?.length ?? 0) <= cap);
  const widths = widest(rows.filter(fits), last);
  const left = indent + widths.reduce((sum, width) => sum + width + GAP, 0);
  return rows.flatMap((row) => {
    const cells = widths.map((width, i) => (row[i] ?? '').padEnd(width));
    return fits(row)
      ? beside(cells, row[last] ?? '', { indent, left })
      : below(cells, row[last] ?? '', { indent, left: Math.min(left, indent + 4) });
  });
}

interface Place {
  readonly indent: number;
  /** Where the last column begins. */
  readonly left: number;
}

function widest(rows: readonly (readonly string[])[], last: number): number[] {
  return Array.from({ length: last }, (_, i) => Math.max(0, ...rows.map((row) => row[i]?.length ?? 0)));
}

function beside(cells: readonly string[], last: string, { indent, left }: Place): readonly string[] {
  const head = cells.map((cell) => cell + ' '.repeat(GAP)).join('');
  const [first = '', ...more] = wrap(last, COLUMNS - left);
  return [`${' '.repeat(indent)}${head}${first}`.trimEnd(), ...more.map((line) => ' '.repeat(left) + line)];
}

function below(cells: readonly string[], last: string, { indent, left }: Place): readonly string[] {
  const [head = '', ...more] = packed(
    cells.filter((cell) => cell.trim() !== ''),
    { first: COLUMNS - indent, others: COLUMNS - left },
  );
  const rest = last === '' ? [] : wrap(last, COLUMNS - left);
  return [' '.repeat(indent) + head, ...[...more, ...rest].map((line) => ' '.repeat(left) + line)];
}

/** As many cells on a line as there is room for, none broken. */
function packed(
  cells: readonly string[],
  room: { readonly first: number; readonly others: number },
): readonly string[] {
  const lines: string[] = [];
  for (const cell of cells) {
    const line = lines.at(-1);
    const longer = `${line}${' '.repeat(GAP)}${cell}`.trimEnd();
    if (line === undefined || longer.length > (lines.length === 1 ? room.first : room.others)) lines.push(cell);
    else lines[lines.length - 1] = `${line}${' '.repeat(GAP)}${cell}`;
  }
  return lines.map((line) => line.trimEnd());
}

function squeeze(widths: number[], room: number): void {
  for (;;) {
    const over = widths.reduce((sum, width) => sum + width + GAP, 0) - room;
    const widest = Math.max(0, ...widths);
    if (over <= 0 || widest <= 8) return;
    const second = Math.max(8, ...widths.filter((width) => width < widest));
    widths[widths.indexOf(widest)] = Math.max(second - 1, widest - over, 8);
  }
}
