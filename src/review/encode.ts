import type { Advice, Allowed, Judgement, Repaired, Violation } from '../core/decision.ts';
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
}

/** Turns a judgement of the validating hook into the answer that goes over the wire. */
export function encode(uid: string, decision: Judgement, telling: Telling): ReviewAnswer {
  const { mode } = telling;
  const advice = decision.advice ?? [];
  const response =
    decision.kind === 'allow' ? allowed(uid, decision, mode) : refused(uid, decision.violations, telling);
  if (advice.length === 0) return answer(response);
  return answer({ ...response, warnings: [...(response.warnings ?? []), ...advice.map(adviceText)] });
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

function allowed(uid: string, decision: Allowed, mode: AnswerMode): AdmissionResponseOut {
  const { effects, glass, advice = [] } = decision;
  const auditAnnotations: Record<string, string> = { reason: reasonOf(decision), mode };
  const released = effects.filter((effect) => effect.kind === 'release');
  if (released.length > 0) auditAnnotations.released = released.map(({ ip, because }) => `${ip} ${because}`).join(', ');
  if (glass !== undefined) {
    auditAnnotations['break-glass'] = `${glass.annotation} until=${glass.until} reason=${glass.why}`;
  }
  if (advice.length > 0) auditAnnotations.advice = advice.map(({ reason, text }) => `${reason}: ${text}`).join('; ');
  return { uid, allowed: true, auditAnnotations };
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

function warning(told: string, { reason, ip, holder, more = 0 }: Violation): string {
  const what = `${told}${reason}${ip === undefined ? '' : ` of ${ip}`}`;
  const others = more === 0 ? '' : ` (and of ${more} more Services)`;
  return shorten(holder === undefined ? what : `${what}${others}, held by ${nameOf(holder)}`);
}

function adviceText({ reason, text }: Advice): string {
  return shorten(`holdfast: ${reason}: ${text}`);
}

/** Cuts a warning to what clients show whole. */
function shorten(text: string): string {
  return text.length <= WARNING_LIMIT ? text : `${text.slice(0, WARNING_LIMIT - 1)}…`;
}
