import type { HistoryReport, Tenure } from '../../app/history.ts';
import type { Layout } from './print.ts';
import { columns } from './table.ts';

/** The history for people: one line for each time somebody had the IP, then what holdfast did about it. */
export const historyLayout: Layout<HistoryReport> = ({ subject, tenures, deeds, unclaimed, unread }, style) => {
  const ofIp = tenures.every(({ ip }) => ip === subject) && !subject.includes('/');
  const other = ofIp ? 'SERVICE' : 'IP';
  const rows = tenures.map((tenure) => row(tenure, ofIp ? tenure.service : tenure.ip));
  return [
    ...(rows.length > 0 ? columns([[other, 'FROM', 'TO', 'WHY IT ENDED'], ...rows], 0) : [nothing(subject, ofIp)]),
    ...(unclaimed.length === 0
      ? []
      : ['', style.warn(`In the status, without a claim: ${unclaimed.join(', ')}. "holdfast check" says more.`)]),
    ...(deeds.length === 0 ? [] : ['', style.bold('What holdfast did lately (Events of the last hour):')]),
    ...columns(deeds.map(({ at, reason, count, message }) => [time(at), reason, times(count) + message])),
    ...unread.map((what) => style.dim(`not looked at: ${what}`)),
  ];
};

function row({ from, to, because, sticky }: Tenure, who: string): readonly string[] {
  const ended = sticky ? 'Deleted, kept for its name' : (because ?? '');
  return [who, time(from), to === null ? 'now' : time(to), ended];
}

function nothing(subject: string, ofIp: boolean): string {
  return ofIp ? `No claim knows ${subject}: nobody was given it by holdfast.` : `No claim knows ${subject}.`;
}

/** `2026-11-24 15:30:01Z`. */
function time(rfc3339: string): string {
  return `${rfc3339.slice(0, 19).replace('T', ' ')}Z`;
}

function times(count: number): string {
  return count > 1 ? `${count} times, the last: ` : '';
}
