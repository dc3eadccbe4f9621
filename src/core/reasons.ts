/**
 * Every reason code holdfast gives: in answers, audit annotations, metrics and logs. The manual of them is
 * docs/reasons.md; a test holds the two together.
 */

/** Why an assigned IP may leave a Service: the closed list of design §4. A move without one of these is refused. */
export type ReleaseReason =
  | 'TypeChanged'
  | 'Deleting'
  | 'RequestChanged'
  | 'PoolRequestChanged'
  | 'PoolGone'
  | 'PoolIncompatible'
  | 'FamilyDropped'
  | 'ClassChanged'
  | 'SharingBroken'
  | 'DuplicateResolved'
  | 'Allowed';

/** Why a write is refused. */
export type RefusalReason = 'Theft' | 'Move' | 'MalformedIp' | 'Unclaimed' | 'Strand' | 'RequestTaken';

/** What holdfast made of a write of MetalLB's, or of a new Service. */
export type RepairReason = 'Redirected' | 'Restored' | 'RequestUnmet' | 'LeftOut' | 'Pinned' | 'Unpinned';

/** Why a write is allowed when nothing is released by it. */
export type PassReason = 'Unchanged' | 'Assigned' | 'NotGuarded' | 'NothingStranded' | 'StrandAllowed' | 'RequestFine';

/** What a user is told about an edit that is stored as it is. */
export type AdviceReason =
  | 'SharingEnds'
  | 'PoolRefuses'
  | 'PoolUnknown'
  | 'PoolFull'
  | 'PoolMove'
  | 'PrefixesDisagree'
  | 'RequestUseless'
  | 'RequestInvalid'
  | 'GlassVoid';

/** What the upkeep of claims did. */
export type UpkeepReason = 'Adopted';

/** Why no decision was made; the failurePolicy of the hook applies. */
export type AbstainReason = 'NotReady' | 'ClusterUnavailable' | 'Overloaded' | 'BadReview' | 'InternalError';

export type Reason =
  | ReleaseReason
  | RefusalReason
  | RepairReason
  | PassReason
  | AdviceReason
  | UpkeepReason
  | AbstainReason;

/** What the manual and the messages say of a reason. */
export interface ReasonText {
  readonly kind: 'release' | 'refusal' | 'repair' | 'pass' | 'advice' | 'upkeep' | 'abstain';
  /** One sentence: what was seen. */
  readonly meaning: string;
}

export const REASONS: Readonly<Record<Reason, ReasonText>> = {
  TypeChanged: { kind: 'release', meaning: 'The Service is no longer of type LoadBalancer.' },
  Deleting: { kind: 'release', meaning: 'The Service is being deleted.' },
  RequestChanged: { kind: 'release', meaning: 'The IPs that the user requests no longer include this one.' },
  PoolRequestChanged: { kind: 'release', meaning: 'The Service now asks for a pool that exists and lacks this IP.' },
  PoolGone: { kind: 'release', meaning: 'The IP lies in no pool, while at least one pool exists.' },
  PoolIncompatible: {
    kind: 'release',
    meaning: 'The pool of the IP no longer admits it: avoidBuggyIPs, or a serviceAllocation that excludes the Service.',
  },
  FamilyDropped: { kind: 'release', meaning: 'The family of the IP left spec.ipFamilies.' },
  ClassChanged: { kind: 'release', meaning: 'The loadBalancerClass of the Service is not one that holdfast guards.' },
  SharingBroken: { kind: 'release', meaning: 'Services that shared the IP may not share it any more.' },
  DuplicateResolved: { kind: 'release', meaning: 'Another Service is the rightful holder of the IP.' },
  Allowed: { kind: 'release', meaning: 'A holdfast.dev/allow-move annotation names this IP and has not expired.' },
  Theft: { kind: 'refusal', meaning: 'The write gives an IP to a Service while another one holds it.' },
  Move: { kind: 'refusal', meaning: 'The write takes an assigned IP away without a reason.' },
  MalformedIp: { kind: 'refusal', meaning: 'The write puts a text into the status that is not an IP.' },
  Unclaimed: { kind: 'refusal', meaning: 'The IP could not be claimed for this Service.' },
  Strand: { kind: 'refusal', meaning: 'The change of a pool would leave assigned IPs in no usable pool.' },
  RequestTaken: { kind: 'refusal', meaning: 'The user requests an IP that another Service holds.' },
  Redirected: {
    kind: 'repair',
    meaning: 'MetalLB chose an IP of another Service; the Service gets a free one instead.',
  },
  Restored: { kind: 'repair', meaning: 'MetalLB took an assigned IP away without a reason; the Service keeps it.' },
  RequestUnmet: {
    kind: 'repair',
    meaning: 'MetalLB gave an IP up for a request that it cannot meet; the Service keeps the IP until it can.',
  },
  LeftOut: {
    kind: 'repair',
    meaning: 'MetalLB offers an IP that the Service cannot have, and there is no other; it stays with what it has.',
  },
  Pinned: {
    kind: 'repair',
    meaning: 'A Service is pinned: to a free IP at CREATE, or to the IPs that an edit of its families leaves.',
  },
  Unpinned: { kind: 'repair', meaning: 'The pin named an IP that is legitimately gone; it is changed or removed.' },
  Unchanged: { kind: 'pass', meaning: 'The set of IPs stays as it is.' },
  Assigned: { kind: 'pass', meaning: 'The Service gets an IP that nobody else holds, or that it may share.' },
  NotGuarded: { kind: 'pass', meaning: 'The Service or the IP is not in the scope of holdfast.' },
  NothingStranded: { kind: 'pass', meaning: 'The change of a pool or namespace leaves every assigned IP where it is.' },
  StrandAllowed: { kind: 'pass', meaning: 'A holdfast.dev/allow-strand annotation on the pool has not expired.' },
  RequestFine: { kind: 'pass', meaning: 'The IPs that the user requests are free, or may be shared.' },
  SharingEnds: { kind: 'advice', meaning: 'The edit ends the sharing of an IP with another Service.' },
  PoolRefuses: { kind: 'advice', meaning: 'The new labels lose an assigned IP its pool.' },
  PoolUnknown: { kind: 'advice', meaning: 'The requested pool does not exist.' },
  PoolFull: { kind: 'advice', meaning: 'The requested pool has no IP for the Service.' },
  PoolMove: { kind: 'advice', meaning: 'An assigned IP is not in the requested pool and will change.' },
  PrefixesDisagree: { kind: 'advice', meaning: 'The same annotation has different values under the two prefixes.' },
  RequestUseless: { kind: 'advice', meaning: 'The requested IP is one that MetalLB will never give the Service.' },
  RequestInvalid: { kind: 'advice', meaning: 'MetalLB cannot read the request.' },
  GlassVoid: { kind: 'advice', meaning: 'A break-glass annotation is malformed, expired, or names another IP.' },
  Adopted: { kind: 'upkeep', meaning: 'An IP that was assigned before holdfast looked is claimed for its Service.' },
  NotReady: { kind: 'abstain', meaning: 'holdfast has not seen the whole cluster yet and does not guess.' },
  ClusterUnavailable: {
    kind: 'abstain',
    meaning: 'The API server could not be asked, or did not take a claim in time.',
  },
  Overloaded: { kind: 'abstain', meaning: 'More is asked than holdfast can answer in time; it refuses at once.' },
  BadReview: { kind: 'abstain', meaning: 'The request is not an AdmissionReview that holdfast can read.' },
  InternalError: { kind: 'abstain', meaning: 'holdfast failed while it decided; the log has the cause.' },
};
