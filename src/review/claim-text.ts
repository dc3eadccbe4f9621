import type { ClaimHolder } from '../core/claims/claim.ts';
import { nameOf } from '../core/service-ref.ts';

/** What the STATE column of `kubectl get ipclaims` says. */
export type ClaimState = 'Held' | 'Shared' | 'Sticky' | 'Reserved';

/** Sticky: all holders are gone. Reserved: one is only being created. Shared: there are several. */
export function claimState(holders: readonly ClaimHolder[]): ClaimState {
  if (holders.every(({ goneSince }) => goneSince !== undefined)) return 'Sticky';
  if (holders.some(({ service }) => service.uid === '')) return 'Reserved';
  return holders.length > 1 ? 'Shared' : 'Held';
}

/** Characters of the HOLDER column, so that a table of IPv4 claims fits into 80. */
const HOLDER_WIDTH = 36;

/** The holders as `ns/one, ns/two +3`: the first always in full, of the others as many as fit. */
export function holderText(holders: readonly ClaimHolder[]): string {
  const names = holders.map(({ service }) => nameOf({ ...service, name: service.name || '?' }));
  for (let shown = names.length; shown > 1; shown -= 1) {
    const text = listed(names, shown);
    if (text.length <= HOLDER_WIDTH) return text;
  }
  return listed(names, 1);
}

function listed(names: readonly string[], shown: number): string {
  const more = names.length > shown ? ` +${names.length - shown}` : '';
  return `${names.slice(0, shown).join(', ')}${more}`;
}
