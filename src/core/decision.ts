import type { IpAddress } from './net/ip.ts';
import type { PassReason, RefusalReason, ReleaseReason } from './reasons.ts';
import type { ServiceRef } from './service-ref.ts';

/** One thing that is wrong with a write. `holder` is the other Service, where there is one. */
export interface Violation {
  readonly reason: RefusalReason;
  /** The IP at stake; undefined when the text is not an IP. */
  readonly ip: IpAddress | undefined;
  readonly holder: ServiceRef | undefined;
  /** What happened and what the operator can do, in full sentences. */
  readonly message: string;
}

/** What a decision does to ownership. A release without a reason does not compile. */
export type Effect =
  | { readonly kind: 'hold'; readonly ip: IpAddress }
  | { readonly kind: 'release'; readonly ip: IpAddress; readonly because: ReleaseReason };

/** What the core answers. A refusal carries at least one violation, the gravest first. */
export type Decision =
  | { readonly kind: 'allow'; readonly reason: PassReason | ReleaseReason; readonly effects: readonly Effect[] }
  | { readonly kind: 'refuse'; readonly violations: readonly [Violation, ...Violation[]] };

/** The one reason code that names a decision in metrics and logs. */
export function reasonOf(decision: Decision): PassReason | ReleaseReason | RefusalReason {
  return decision.kind === 'allow' ? decision.reason : decision.violations[0].reason;
}
