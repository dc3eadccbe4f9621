import type { Judgement, Repaired, Violation } from '../core/decision.ts';
import { reasonOf } from '../core/decision.ts';
import { nameOf } from '../core/service-ref.ts';
import type { AdmissionResponseOut, ReviewAnswer } from './admission-types.ts';
import type { PatchOperation } from './json-patch.ts';

/** Longest warning that clients show whole (Kubernetes docs: "keep warnings under 120 characters"). */
const WARNING_LIMIT = 120;

/** `audit` reports what would be refused and allows it. */
export type AnswerMode = 'audit' | 'enforce' | 'repair';

/** How a judgement is told. */
export interface Telling {
  readonly mode: AnswerMode;
  /** A refusal is only a warning, whatever the mode. */
  readonly warnOnly?: boolean;
  /** Further warnings. */
  readonly warnings?: readonly string[];
}

/** Turns a judgement of the validating hook into the answer that goes over the wire. */
export function encode(uid: string, decision: Judgement, telling: Telling): ReviewAnswer {
  const { mode, warnings = [] } = telling;
  const response =
    decision.kind === 'allow' ? allowed(uid, decision, mode) : refused(uid, decision.violations, telling);
  const all = [...(response.warnings ?? []), ...warnings.map(shorten)];
  return answer(all.length === 0 ? response : { ...response, warnings: all });
}

/** The answer of the mutating hook: allowed, in another form. */
export function encodeRepair(uid: string, decision: Repaired, patch: readonly PatchOperation[]): ReviewAnswer {
  const { reason, final, holder } = decision;
  return answer({
    uid,
    allowed: true,
    auditAnnotations: {
      reason,
      mode: 'repair',
      ips: final.join(','),
      ...(holder === undefined ? {} : { holder: nameOf(holder) }),
    },
    ...(patch.length === 0
      ? {}
      : { patch: Buffer.from(JSON.stringify(patch)).toString('base64'), patchType: 'JSONPatch' as const }),
  });
}

/** The answer to a request that is not holdfast's business, or that it leaves as it is. */
export function encodeForeign(uid: string): ReviewAnswer {
  return answer({ uid, allowed: true });
}

function answer(response: AdmissionResponseOut): ReviewAnswer {
  return { httpStatus: 200, body: { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response } };
}

function allowed(uid: string, decision: Judgement, mode: AnswerMode): AdmissionResponseOut {
  return { uid, allowed: true, auditAnnotations: { reason: reasonOf(decision), mode } };
}

function refused(
  uid: string,
  violations: readonly [Violation, ...Violation[]],
  { mode, warnOnly = false }: Telling,
): AdmissionResponseOut {
  const [first] = violations;
  const auditAnnotations = {
    reason: first.reason,
    mode,
    ...(first.ip === undefined ? {} : { ip: first.ip }),
    ...(first.holder === undefined ? {} : { holder: nameOf(first.holder) }),
  };
  if (mode === 'audit' || warnOnly) {
    const told = mode === 'audit' ? 'holdfast (audit): would refuse, ' : 'holdfast: ';
    return { uid, allowed: true, auditAnnotations, warnings: violations.map((one) => warning(told, one)) };
  }
  const message = violations.map((violation) => `[${violation.reason}] ${violation.message}`).join(' ');
  return {
    uid,
    allowed: false,
    auditAnnotations,
    status: { code: 403, reason: 'Forbidden', message: `holdfast: ${message}` },
  };
}

function warning(told: string, { reason, ip, holder }: Violation): string {
  const what = `${told}${reason}${ip === undefined ? '' : ` of ${ip}`}`;
  return shorten(holder === undefined ? what : `${what}, held by ${nameOf(holder)}`);
}

/** Cuts a warning to what clients show whole. */
export function shorten(text: string): string {
  return text.length <= WARNING_LIMIT ? text : `${text.slice(0, WARNING_LIMIT - 1)}…`;
}
