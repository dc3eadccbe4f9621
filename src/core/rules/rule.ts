import type { Violation } from '../decision.ts';
import type { Facts } from '../facts.ts';
import type { IpAddress } from '../net/ip.ts';

/** What one status write changes, worked out once for all rules. */
export interface Change {
  readonly gained: readonly IpAddress[];
  readonly lost: readonly IpAddress[];
  /** Texts that were not in the status before and are not IPs. */
  readonly newlyMalformed: readonly string[];
}

/** A rule is a promise; it returns what breaks the promise, or nothing. */
export type Rule = (facts: Facts, change: Change) => readonly Violation[];
