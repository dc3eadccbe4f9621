import type { DecisionLine } from '../../telemetry/decision-log.ts';
import { COLUMNS } from './wrap.ts';

const GAP = '  ';
const HEADS = ['REASON', 'SERVICE', 'WRITE', ''] as const;
/** Where text is cut when a row is too wide: the longest column first, each down to this width. */
const CUT = [
  { column: 2, least: 27 },
  { column: 1, least: 20 },
] as const;

const VERDICTS: Readonly<Record<DecisionLine['verdict'], string>> = {
  allow: '',
  warn: 'warned',
  patch: 'repaired',
  deny: 'refused',
  wouldDeny: 'would refuse',
};

/** The decisions as a table of at most 80 columns, and a count by reason below it. Ends with a newline. */
export function replayTable(lines: readonly DecisionLine[]): string {
  const rows = [HEADS, ...lines.map(cells)];
  const widths = widthsOf(rows);
  const texts = rows.map((row) =>
    row
      .map((cell, column) => fit(cell, widths[column] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
  return `${[...texts, '', ...summary(lines)].join('\n')}\n`;
}

function cells(line: DecisionLine): readonly string[] {
  const { reason, service, oldIps, newIps } = line;
  return [reason, service, `${ipsText(oldIps)} → ${ipsText(newIps)}`, outcome(line)];
}

/** What came of the write; of a repair also what is stored instead, if that differs. */
function outcome({ verdict, oldIps, newIps, storedIps = newIps }: DecisionLine): string {
  if (ipsText(storedIps) === ipsText(newIps)) return VERDICTS[verdict];
  const kept = storedIps.every((ip) => oldIps.includes(ip));
  return `${kept ? 'kept' : 'got'} ${ipsText(storedIps)}`;
}

/** As wide as the widest cell, and less where that is too much. */
function widthsOf(rows: readonly (readonly string[])[]): readonly number[] {
  const widths: number[] = HEADS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const { column, least } of CUT) {
    const over = widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length) - COLUMNS;
    const width = widths[column] ?? 0;
    if (over > 0) widths[column] = Math.max(Math.min(width, least), width - over);
  }
  return widths;
}

function summary(lines: readonly DecisionLine[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { verdict, reason } of lines) {
    const key = `${VERDICTS[verdict] || 'allowed'}: ${reason}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  return [
    `${lines.length} ${lines.length === 1 ? 'write' : 'writes'} reached the guard`,
    ...sorted.map(([what, n]) => `${String(n).padStart(6)}  ${what}`),
  ];
}

function ipsText(ips: readonly string[]): string {
  return ips.length === 0 ? 'none' : ips.join(',');
}

function fit(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}…`;
}
