import { inForce, parseAllowMove } from '../break-glass.ts';
import type { Advice } from '../decision.ts';
import { ALLOW_MOVE_ANNOTATION, disagreements } from '../metallb/annotations.ts';
import type { Edit, Surroundings } from './known.ts';

/** The same annotation under both prefixes, with two values: which one counts depends on the version of MetalLB. */
export function prefixesDisagree({ becomes }: Edit): readonly Advice[] {
  return disagreements(becomes.annotations).map((name) => ({
    reason: 'PrefixesDisagree',
    text: `${name} differs under metallb.io (counts from 0.14.9 on) and metallb.universe.tf`,
  }));
}

/** A break-glass that opens nothing: malformed, expired, or for an IP that the Service does not have. */
export function voidGlass({ becomes }: Edit, { now }: Surroundings): readonly Advice[] {
  const text = becomes.annotations[ALLOW_MOVE_ANNOTATION];
  if (text === undefined) return [];
  const parsed = inForce(parseAllowMove(text), now);
  const missed = parsed.ok && !becomes.assigned.includes(parsed.permission.ip) ? parsed.permission.ip : undefined;
  const problem = parsed.ok ? missed && `the Service does not have ${missed}` : parsed.problem;
  return problem === undefined ? [] : [{ reason: 'GlassVoid', text: `${ALLOW_MOVE_ANNOTATION}: ${problem}` }];
}
