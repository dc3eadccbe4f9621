import { ALLOW_MOVE_ANNOTATION, PIN_ANNOTATION, POOL_NOTES } from '../../core/metallb/annotations.ts';
import { IP_SET_CHANGES, writtenBy } from '../match-conditions.ts';
import { boundConditions, type Condition, unexplained } from './reasons.ts';

/** Name of the policy that refuses, and of its binding. */
export const FLOOR_NAME = 'holdfast-floor';

/** What the floor is made of; the same settings as of `serve`. */
export interface FloorSpec {
  /** MetalLB's user names: what they write is audited and never refused. */
  readonly metallbUsers: readonly string[];
  /** Values of `spec.loadBalancerClass` guarded besides "unset". */
  readonly lbClasses: readonly string[];
  /** Also Services on which MetalLB left no note (0.12, and 0.13 before 0.13.9), hence IPs of others as well. */
  readonly anyIp: boolean;
  readonly labels: Readonly<Record<string, string>>;
}

/** An object as `kubectl apply` takes it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  readonly spec: object;
}

type Action = 'Deny' | 'Audit' | 'Warn';

interface Part {
  readonly name: string;
  readonly writers: Condition;
  readonly failurePolicy: 'Fail' | 'Ignore';
  readonly actions: readonly Action[];
  /** After the IPs and the Service; a CEL expression. */
  readonly advice: string;
}

/**
 * The floor (design: layer 5), complete: two ValidatingAdmissionPolicies with their bindings. The API server evaluates
 * them itself, so that a move by hand is refused with no replica alive, and with the webhooks gone. MetalLB's own account
 * is never refused: its allocator would livelock (ADR 10), so what it moves is only audited.
 */
export function floorManifests(spec: FloorSpec): readonly Manifest[] {
  const metallb = writtenBy(spec.metallbUsers);
  const parts: readonly Part[] = [
    {
      name: FLOOR_NAME,
      writers: { name: 'not-written-by-metallb', expression: `!(\n${metallb.expression}\n)` },
      failurePolicy: 'Fail',
      actions: ['Deny'],
      advice: ADVICE,
    },
    {
      name: `${FLOOR_NAME}-metallb`,
      writers: { name: metallb.name, expression: `(\n${metallb.expression}\n)` },
      failurePolicy: 'Ignore',
      actions: ['Audit', 'Warn'],
      advice: "'; MetalLB wrote this, so it is not refused'",
    },
  ];
  return parts.flatMap((part) => [policy(part, spec), binding(part, spec)]);
}

const ADVICE = `' for no reason that its spec or annotations tell. To move it, request the new IP (metallb.io/loadBalancerIPs), '
+ 'which MetalLB then gives it, or set ${ALLOW_MOVE_ANNOTATION}: "' + variables.unexplained[0]
+ ' until=<RFC 3339 time> reason=<why>" on it'`;

function policy(part: Part, spec: FloorSpec): Manifest {
  return manifest('ValidatingAdmissionPolicy', part, spec, {
    failurePolicy: part.failurePolicy,
    matchConstraints: {
      resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['services/status'] }],
    },
    matchConditions: [
      part.writers,
      ...boundConditions(spec.lbClasses).map(inLines),
      ...(spec.anyIp ? [] : [IS_METALLBS]),
      IP_SET_CHANGES,
    ],
    variables: unexplained(),
    auditAnnotations: [BREAK_GLASS_USED],
    validations: [
      {
        expression: 'size(variables.unexplained) == 0',
        messageExpression:
          "'[Move] ' + variables.unexplained.join(' and ') + ' would leave Service ' + oldObject.metadata.namespace + '/'\n" +
          `+ oldObject.metadata.name + ${part.advice}`,
        reason: 'Forbidden',
      },
    ],
  });
}

/** Who opened the break-glass, and why, stands in the audit log also when no holdfast is there to count it. */
const BREAK_GLASS_USED = {
  key: 'break-glass',
  valueExpression: "variables.glassIp in variables.lost && variables.glassOpen ? variables.glass : ''",
};

/** MetalLB has noted where it took the IP from, or holdfast has pinned it: the IP is not a cloud's or a node's. */
const IS_METALLBS: Condition = {
  name: 'is-of-metallb',
  expression: [...POOL_NOTES, PIN_ANNOTATION]
    .map((key) => `oldObject.metadata.?annotations[?'${key}'].hasValue()`)
    .join('\n|| '),
};

/** On lines of its own: as YAML a text of several lines is written as it is, without quotes and escapes. */
function inLines({ name, expression }: Condition): Condition {
  return { name, expression: `(\n${expression}\n)` };
}

function binding(part: Part, spec: FloorSpec): Manifest {
  return manifest('ValidatingAdmissionPolicyBinding', part, spec, {
    policyName: part.name,
    validationActions: part.actions,
  });
}

function manifest(kind: string, { name }: Part, { labels }: FloorSpec, spec: object): Manifest {
  return { apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name, labels }, spec };
}
