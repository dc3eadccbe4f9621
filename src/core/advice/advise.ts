import type { Advice } from '../decision.ts';
import { prefixesDisagree, voidGlass } from './annotations.ts';
import { ipRequest } from './ip-request.ts';
import type { Edit, Surroundings } from './known.ts';
import { poolRefuses, sharingEnds } from './losses.ts';
import { poolRequest } from './pool-request.ts';

/** All advice, what costs an IP first: the first names the answer. */
const ADVISERS: readonly ((edit: Edit, around: Surroundings) => readonly Advice[])[] = [
  sharingEnds,
  poolRefuses,
  poolRequest,
  ipRequest,
  prefixesDisagree,
  voidGlass,
];

/** What the user should hear at once about an edit of a LoadBalancer Service, instead of finding out later. */
export function adviseOn(edit: Edit, around: Surroundings): readonly Advice[] {
  return ADVISERS.flatMap((adviser) => adviser(edit, around));
}
