import type { Repaired } from '../core/decision.ts';
import { pinStandsInTheWay } from '../core/repair/pin.ts';
import { nameOf } from '../core/service-ref.ts';
import type { ReviewAnswer } from '../review/admission-types.ts';
import type { RequestReview } from '../review/decode.ts';
import { encodeForeign, encodeRepair } from '../review/encode.ts';
import { annotationPatch } from '../review/json-patch.ts';
import { pinAnnotations } from './pin-prefix.ts';

/** The mutating hook on edits of Services: a pin that disagrees with what the user now wants goes in the same write. */
export function unpin(review: RequestReview, tell: (decision: Repaired) => void): ReviewAnswer {
  const { was, service, patched, uid } = review;
  if (!pinStandsInTheWay(was, service)) return encodeForeign(uid);
  const removed = pinAnnotations({ kind: 'remove' }, patched.annotations ?? {}, 'metallb.io');
  const decision: Repaired = {
    kind: 'repair',
    reason: 'Unpinned',
    final: service.assigned,
    holder: undefined,
    effects: [],
    message: `The pin of Service ${nameOf(service.ref)} goes: it stood in the way of what is asked for now.`,
  };
  tell(decision);
  return encodeRepair(uid, decision, annotationPatch(patched.annotations, removed));
}
