import type { CheckReport } from '../../app/check/check.ts';
import { FINDINGS, type Finding, type FindingCode, severityOf } from '../../app/check/finding.ts';
import type { Layout } from './print.ts';
import type { Style } from './style.ts';
import { columns } from './table.ts';
import { wrap } from './wrap.ts';

/** Rows of one kind that are shown; scripts get all of them. */
const SHOWN = 10;

/** The report of `check` for people: what is there, what is wrong grouped by kind, what to do, and the sum. */
export const checkLayout: Layout<CheckReport> = (report, style) => [
  ...columns(aboutCluster(report), 0),
  ...[...Map.groupBy([...report.findings, ...report.notes], ({ code }) => code)].flatMap(section(style)),
  ...scopeSection(report, style),
  '',
  sum(report, style),
];

function aboutCluster({ metallb, holdfast, counts }: CheckReport): readonly (readonly string[])[] {
  const { versions, prefix, pools, poolsFrom } = metallb;
  const pinned = counts.pinned === 0 ? 'none pinned' : `${counts.pinned} pinned`;
  const ends = holdfast.certificateEnds === null ? '' : `, certificate until ${holdfast.certificateEnds.slice(0, 10)}`;
  const where = { crd: '', configmap: ' (in a ConfigMap)', none: '' }[poolsFrom];
  return [
    [
      'MetalLB',
      [
        versions.length === 0 ? 'version unknown' : versions.join(' and '),
        prefix === null ? 'no annotation of it seen yet' : `annotates with ${prefix}`,
        poolsFrom === 'none' ? 'no pools found' : `${plural(pools, 'pool')}${where}`,
      ].join(', '),
    ],
    [
      'holdfast',
      [
        holdfast.mode === null ? 'not registered' : `${holdfast.mode}, at ${holdfast.endpoints.join(', ')}${ends}`,
        holdfast.claims === null ? 'no IPClaims in this cluster' : plural(holdfast.claims, 'claim'),
      ].join(', '),
    ],
    [
      'Services',
      `${counts.loadBalancers} of type LoadBalancer, ${counts.guarded} guarded, ${pinned}, ${plural(counts.ips, 'IP')}`,
    ],
  ];
}

function section(style: Style): (group: readonly [FindingCode, readonly Finding[]]) => readonly string[] {
  return ([code, findings]) => {
    const { meaning, remedy } = FINDINGS[code];
    const severity = severityOf({ code });
    const mark = { error: style.bad, warning: style.warn, note: style.dim }[severity];
    const head = `${severity} ${code} (${findings.length})`;
    const rows = findings.slice(0, SHOWN).map(({ object, ip, message }) => [ip ?? '', object, message]);
    const hasIp = rows.some(([ip]) => ip !== '');
    const hasObject = rows.some(([, object]) => object !== '');
    const shown = rows.map((row) => row.filter((_, i) => i === 2 || (i === 0 ? hasIp : hasObject)));
    const more = findings.length - rows.length;
    return [
      '',
      ...wrap(`${head}: ${meaning}`, 78).map((line, i) =>
        i === 0 ? line.replace(head, mark(style.bold(head))) : `  ${line}`,
      ),
      ...columns(shown),
      ...(more > 0 ? [style.dim(`  and ${more} more: --output json has all of them`)] : []),
      ...wrap(`-> ${remedy}`, 78).map((line, i) => style.dim(i === 0 ? `  ${line}` : `     ${line}`)),
    ];
  };
}

function scopeSection({ outOfScope }: CheckReport, style: Style): readonly string[] {
  if (outOfScope.length === 0) return [];
  const rows = outOfScope.slice(0, SHOWN).map(({ ips, service, why }) => [ips.join(','), service, why]);
  const more = outOfScope.length - rows.length;
  return [
    '',
    style.dim(`not guarded (${outOfScope.length}): LoadBalancer Services that holdfast leaves alone`),
    ...columns(rows),
    ...(more > 0 ? [style.dim(`  and ${more} more: --output json has all of them`)] : []),
  ];
}

function sum({ findings }: CheckReport, style: Style): string {
  if (findings.length === 0) return style.good('All in order.');
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const told = [
    ...(errors > 0 ? [style.bad(plural(errors, 'error'))] : []),
    ...(warnings > 0 ? [style.warn(plural(warnings, 'warning'))] : []),
  ];
  return `${told.join(', ')}. docs/messages.md explains each.`;
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}
