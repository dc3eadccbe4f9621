import type { StormResult } from '../../control-plane/storm-result.ts';
import { formatTable } from '../../control-plane/table.ts';

/** One storm with what stood guard over it. */
export interface GuardedStorm extends StormResult {
  readonly guard: string;
  /** Writes that holdfast refused, or in audit would have. */
  readonly refusedByGuard: number | undefined;
  /** Redirects and restores. */
  readonly repairedByGuard?: number | undefined;
}

/** The storms of one run side by side, at most 80 columns. */
export function stormReport(results: readonly GuardedStorm[]): string {
  return formatTable<GuardedStorm>(
    [
      { title: 'guard', text: ({ guard }) => guard },
      { title: 'storm', text: ({ storm }) => (storm === 'restart' ? 'rst' : 'two') },
      { title: 'MetalLB', text: ({ metallb }) => metallb },
      { title: 'Svcs', text: ({ assigned, extra }) => `${assigned}+${extra}` },
      { title: 'moved', text: ({ moved }) => String(moved) },
      { title: '2 owners', text: ({ doubledEver }) => String(doubledEver) },
      { title: 'pend', text: ({ pendingEnd }) => String(pendingEnd) },
      {
        title: 'last IP',
        text: ({ msToLastIp }) => (msToLastIp === undefined ? '-' : `${(msToLastIp / 1000).toFixed(1)} s`),
      },
      { title: 'silent', text: ({ quiet, followedMs }) => (quiet ? `${Math.round(followedMs / 1000)} s` : 'no') },
      { title: 'refd', text: ({ refusedByGuard }) => (refusedByGuard === undefined ? '-' : String(refusedByGuard)) },
      { title: 'repd', text: ({ repairedByGuard }) => (repairedByGuard === undefined ? '-' : String(repairedByGuard)) },
    ],
    results,
  );
}
