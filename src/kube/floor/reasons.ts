import { TIME_PATTERN } from '../../core/break-glass.ts';
import { ALLOW_MOVE_ANNOTATION, PIN_ANNOTATION } from '../../core/metallb/annotations.ts';
import type { ReleaseReason } from '../../core/reasons.ts';
import { annotation, ipsOf, isLoadBalancerOf, type Root } from '../match-conditions.ts';

/** A named expression of a ValidatingAdmissionPolicy: `variables.name`. */
export interface Variable {
  readonly name: string;
  readonly expression: string;
}

/** A condition under which the floor looks at a write at all. */
export interface Condition {
  readonly name: string;
  readonly expression: string;
}

/**
 * How the floor knows of a reason by which an IP may leave: by a condition that is false once the whole Service is free,
 * by an expression that frees the IP called `lost`, or not at all: CEL sees this one Service and neither pools nor others.
 */
type Seen =
  | { readonly kind: 'service'; readonly bound: (classes: readonly string[]) => Condition }
  | { readonly kind: 'ip'; readonly frees: string }
  | { readonly kind: 'unseen' };

const UNSEEN_REASON = { kind: 'unseen' } as const;
const guarded: Seen = { kind: 'service', bound: (classes) => isLoadBalancerOf(classes, 'oldObject') };

/** Everything is read from what is stored (`oldObject`): nobody grants himself a reason in the very same write. */
const SEEN: Readonly<Record<ReleaseReason, Seen>> = {
  TypeChanged: guarded,
  ClassChanged: guarded,
  Deleting: {
    kind: 'service',
    bound: () => ({ name: 'is-not-being-deleted', expression: '!has(oldObject.metadata.deletionTimestamp)' }),
  },
  RequestChanged: {
    kind: 'ip',
    frees: `size(variables.requested) > 0 && !(lost in variables.requested)
    && variables.requested.all(ip, ip in variables.after)`,
  },
  FamilyDropped: {
    kind: 'ip',
    frees: `isIP(lost) && size(variables.families) > 0
    && !((ip(lost).family() == 4 ? 'IPv4' : 'IPv6') in variables.families)`,
  },
  Allowed: { kind: 'ip', frees: 'variables.glassOpen && lost == variables.glassIp' },
  PoolRequestChanged: UNSEEN_REASON,
  PoolGone: UNSEEN_REASON,
  PoolIncompatible: UNSEEN_REASON,
  SharingBroken: UNSEEN_REASON,
  DuplicateResolved: UNSEEN_REASON,
};

const all = Object.values(SEEN);

/** All are true for a Service that no reason frees as a whole. */
export function boundConditions(classes: readonly string[]): readonly Condition[] {
  const found = new Map<string, Condition>();
  for (const seen of all) if (seen.kind === 'service') found.set(seen.bound(classes).name, seen.bound(classes));
  return [...found.values()];
}

/** The reasons that the floor does not know of; a test holds the manual to it. */
export const UNSEEN = (Object.keys(SEEN) as readonly ReleaseReason[]).filter(
  (reason) => SEEN[reason].kind === 'unseen',
);

/** IPs in their one text form, so that another spelling is no move; what is no IP stays as it is written. */
function canonical(texts: string): string {
  return `${texts}.map(text, isIP(text) ? string(ip(text)) : text)`;
}

const of = (root: Root) => canonical(ipsOf(root));
const stored = (key: string) => `oldObject.metadata.?annotations[?'${key}']`;

/** The request of a user as MetalLB reads it; a pin is none, and neither are two requests that contradict each other. */
const REQUEST: readonly Variable[] = [
  {
    name: 'annotated',
    expression: `${stored('metallb.io/loadBalancerIPs')}.or(${stored('metallb.universe.tf/loadBalancerIPs')}).orValue('')`,
  },
  { name: 'inSpec', expression: "oldObject.spec.?loadBalancerIP.orValue('')" },
  {
    name: 'request',
    expression:
      `variables.annotated == '' ? variables.inSpec\n` +
      `: variables.inSpec != '' || variables.annotated == ${annotation('oldObject', PIN_ANNOTATION)} ? ''\n` +
      ': variables.annotated',
  },
  {
    name: 'requested',
    expression: `variables.request == '' ? [] : ${canonical("variables.request.split(',').map(part, part.trim())")}`,
  },
];

/**
 * The break-glass. CEL knows no time of day: the API server has just written it into `managedFields`, so the expiry has
 * to lie after every time that stands there.
 */
const GLASS: readonly Variable[] = [
  { name: 'glass', expression: annotation('oldObject', ALLOW_MOVE_ANNOTATION) },
  { name: 'glassWord', expression: "variables.glass.find(r'\\S+')" },
  { name: 'glassIp', expression: "isIP(variables.glassWord) ? string(ip(variables.glassWord)) : ''" },
  { name: 'until', expression: `variables.glass.find(r'${TIME_PATTERN}')` },
  {
    // The seconds may be left out, but not for CEL.
    name: 'untilSecond',
    expression: `variables.until.matches(r'T\\d\\d:\\d\\d:') ? variables.until
    : variables.until.substring(0, 16) + ':00' + variables.until.substring(16)`,
  },
  {
    name: 'glassOpen',
    expression: `variables.glass.matches(r'^\\s*\\S+\\s+until=${TIME_PATTERN}\\s+reason=\\s*\\S')
    && object.metadata.?managedFields.orValue([]).all(entry,
      timestamp(entry.?time.orValue('1970-01-01T00:00:00Z')) < timestamp(variables.untilSecond))`,
  },
];

/** `variables.unexplained`: the IPs that leave the status for no reason that can be seen, and what that takes. */
export function unexplained(): readonly Variable[] {
  const reasons = all.flatMap((seen) => (seen.kind === 'ip' ? [`  (${seen.frees})`] : []));
  return [
    { name: 'before', expression: of('oldObject') },
    { name: 'after', expression: of('object') },
    { name: 'families', expression: 'oldObject.spec.?ipFamilies.orValue([])' },
    ...REQUEST,
    ...GLASS,
    { name: 'lost', expression: 'variables.before.filter(ip, !(ip in variables.after))' },
    { name: 'unexplained', expression: `variables.lost.filter(lost, !(\n${reasons.join(' ||\n')}\n))` },
  ];
}
