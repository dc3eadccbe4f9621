import type { Claim } from '../core/claims/claim.ts';
import type { ClaimAction } from '../core/claims/reconcile.ts';
import type { ObjectEvent } from './ports.ts';

/**
 * What the operator sees on a Service when its claim was brought in order: that an IP was adopted. One that came with
 * the review which created the Service was not.
 * @param before the claim as it was; undefined when there was none
 */
export function upkeepEvents(action: ClaimAction, before: Claim | undefined): readonly ObjectEvent[] {
  if (action.kind === 'remove') return [];
  const { ip, holders } = action.claim;
  const known = new Set(before?.holders.map(({ service }) => service.uid));
  return holders
    .filter(({ service, reviewUid }) => reviewUid === '' && !known.has(service.uid))
    .map(({ service }) => ({
      kind: 'Service',
      object: service,
      type: 'Normal',
      reason: 'Adopted',
      message: `${ip} is claimed for this Service, which had it already.`,
    }));
}
