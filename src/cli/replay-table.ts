import type { DecisionLine } from '../telemetry/decision-log.ts';

const WIDTHS = { reason: 18, service: 24, write: 34 } as const;

const VERDICTS: Readonly<Record<DecisionLine['verdict'], string>> = {
  allow: '',
  patch: 'repaired',
  deny: 'refused',
  wouldDeny: 'would refuse',
};

/** The decisions as a table of at most 80 columns, and a count by reason below it. Ends with a newline. */
export function replayTable(lines: readonly DecisionLine[]): string {
  const rows = lines.map(({ reason, service, oldIps, newIps, verdict }) =>
    [
      fit(reason, WIDTHS.reason),
      fit(service, WIDTHS.service),
      fit(`${ipsText(oldIps)} → ${ipsText(newIps)}`, WIDTHS.write),
      VERDICTS[verdict],
    ]
      .join(' ')
      .trimEnd(),
  );
  const head = [fit('REASON', WIDTHS.reason), fit('SERVICE', WIDTHS.service), 'WRITE'].join(' ');
  return `${[head, ...rows, '', ...summary(lines)].join('\n')}\n`;
}

function summary(lines: readonly DecisionLine[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { verdict, reason } of lines) {
    const key = `${VERDICTS[verdict] || 'allowed'}: ${reason}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, one], [, other]) => other - one);
  return [
    `${lines.length} writes reached the guard`,
    ...sorted.map(([what, n]) => `${String(n).padStart(6)}  ${what}`),
  ];
}

function ipsText(ips: readonly string[]): string {
  return ips.length === 0 ? 'none' : ips.join(',');
}

function fit(text: string, width: number): string {
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, width - 1)}…`;
}
