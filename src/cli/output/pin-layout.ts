import type { PinResult } from '../../app/pin-services.ts';
import type { Layout } from './print.ts';
import { columns } from './table.ts';

/** What `pin` and `unpin` print. */
export interface PinReport {
  readonly command: 'pin' | 'unpin';
  readonly dryRun: boolean;
  /** The prefix that pins are written with; null for `unpin`. */
  readonly prefix: string | null;
  readonly results: readonly PinResult[];
}

/** A line for each Service that was changed, skipped or failed, and the sum. What was in order already is only counted. */
export const pinLayout: Layout<PinReport> = ({ command, dryRun, prefix, results }, style) => {
  const done = { pin: 'pinned', unpin: 'unpinned' }[command];
  const words: Readonly<Record<PinResult['outcome'], string>> = {
    changed: done,
    'would change': `would be ${done}`,
    already: '',
    skipped: 'skipped',
    failed: 'failed',
  };
  const shown = results.filter(({ outcome }) => outcome !== 'already');
  const rows = shown.map(({ outcome, service, ips, why }) => [words[outcome], service, ips.join(','), why]);
  const of = (outcome: PinResult['outcome']) => results.filter((one) => one.outcome === outcome).length;
  const sums = [
    `${of('changed') + of('would change')} ${dryRun ? `would be ${done}` : done}`,
    ...(command === 'pin' ? [`${of('already')} already`] : []),
    `${of('skipped')} skipped`,
    ...(of('failed') > 0 ? [style.bad(`${of('failed')} failed`)] : []),
  ];
  const how = prefix === null ? '' : ` (prefix ${prefix})`;
  return [...columns(rows, 0), ...(rows.length > 0 ? [''] : []), `${sums.join(', ')}${how}.`];
};
