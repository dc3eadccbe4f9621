import { COLUMNS, wrap } from './wrap.ts';

const GAP = 2;
/** The last column is never squeezed below this; the others are cut instead. */
const LAST_AT_LEAST = 20;

/**
 * Rows as columns within 80 characters: each column as wide as its widest cell, the last one wrapped. When the others
 * leave it too little room the widest of them is cut with `…`.
 * @param indent blanks before each line
 */
export function columns(rows: readonly (readonly string[])[], indent = 2): readonly string[] {
  const last = Math.max(0, ...rows.map((row) => row.length)) - 1;
  const widths = Array.from({ length: last }, (_, i) => Math.max(0, ...rows.map((row) => row[i]?.length ?? 0)));
  const needed = Math.max(0, ...rows.map((row) => row[last]?.length ?? 0));
  squeeze(widths, COLUMNS - indent - Math.min(needed, LAST_AT_LEAST));
  const left = indent + widths.reduce((sum, width) => sum + width + GAP, 0);
  return rows.flatMap((row) => {
    const head = widths.map((width, i) => fit(row[i] ?? '', width).padEnd(width + GAP)).join('');
    const [first = '', ...more] = wrap(row[last] ?? '', COLUMNS - left);
    return [`${' '.repeat(indent)}${head}${first}`.trimEnd(), ...more.map((line) => ' '.repeat(left) + line)];
  });
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

function fit(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
