import { noDuplicate } from './no-duplicate.ts';
import { noMalformedIp } from './no-malformed-ip.ts';
import { noMove } from './no-move.ts';
import type { Rule } from './rule.ts';

/** The rules of a status write, the gravest first: the first violation names a refusal, the message lists all. */
export const STATUS_RULES: readonly Rule[] = [
  noDuplicate, // no IP with two owners
  noMove, // no IP leaves without a named reason
  noMalformedIp, // no text that hides one of the two
];
