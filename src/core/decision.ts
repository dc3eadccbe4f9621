import type { IpAddress } from './net/ip.ts';
import type { AdviceReason, PassReason, RefusalReason, ReleaseReason, RepairReason } from './reasons.ts';
import type { ServiceRef } from './service-ref.ts';

/** One thing that is wrong with a write. `holder` is the other Service, where there is one. */
export interface Violation {
  readonly reason: RefusalReason;
  /** The IP at stake; undefined when the text is not an IP. */
  readonly ip: IpAddress | undefined;
  readonly holder: ServiceRef | undefined;
  /** What happened and what the operator can do, in full sentences. */
  readonly message: string;
  /** How many other Services it hits as well, where there are any. */
  readonly more?: number;
}

/** What a writer is told although his write is stored as it is: it will not work, or it costs something. */
export interface Advice {
  readonly reason: AdviceReason;
  /** Few words, the IP and the important ones first: clients show 120 characters. */
  readonly text: string;
}

/** A use of the break-glass: by which annotation, until when it is open, and why. */
export interface BrokenGlass {
  readonly annotation: 'allow-move' | 'allow-strand';
  readonly until: string;
  readonly why: string;
}

/** What a decision does to ownership. A release without a reason does not compile. */
export type Effect =
  | { readonly kind: 'hold'; readonly ip: IpAddress }
  | { readonly kind: 'release'; readonly ip: IpAddress; readonly because: ReleaseReason };

/** What the rules say of a write. A refusal carries at least one violation, the gravest first. */
export type Judgement = Allowed | Refused;

/** A write that is stored as it is. With advice, the first of it names the reason. */
export interface Allowed {
  readonly kind: 'allow';
  readonly reason: PassReason | ReleaseReason | AdviceReason;
  readonly effects: readonly Effect[];
  readonly advice?: readonly Advice[];
  readonly glass?: BrokenGlass;
}

/** A write that is refused, or in another mode only warned about. */
export interface Refused {
  readonly kind: 'refuse';
  readonly violations: readonly [Violation, ...Violation[]];
  readonly advice?: readonly Advice[];
}

/** A write that is stored in another form. */
export interface Repaired {
  readonly kind: 'repair';
  readonly reason: RepairReason;
  /** The IPs that the Service will have. */
  readonly final: readonly IpAddress[];
  /** Whose right stood in the way, where somebody's did. */
  readonly holder: ServiceRef | undefined;
  readonly effects: readonly Effect[];
  /** What was done, in full sentences. */
  readonly message: string;
}

/** What holdfast answers. */
export type Decision = Judgement | Repaired;

/** The one reason code that names a decision in metrics and logs. */
export function reasonOf(decision: Decision): Allowed['reason'] | RefusalReason | RepairReason {
  return decision.kind === 'refuse' ? decision.violations[0].reason : decision.reason;
}
