import type { ReviewAnswer } from './admission-types.ts';

/** Why a request could not be reviewed at all. `code` is an HTTP status; `message` says what, where and what to do. */
export interface Problem {
  readonly code: number;
  /** A Kubernetes status reason such as `BadRequest`, `ServiceUnavailable`, `InternalError`. */
  readonly reason: string;
  readonly message: string;
  /** The request's uid if it could be read. */
  readonly uid?: string;
}

/** Turns a problem into a valid AdmissionReview that allows nothing; the HTTP status makes the failurePolicy apply. */
export function answerProblem(problem: Problem): ReviewAnswer {
  const { code, reason, message, uid } = problem;
  return {
    httpStatus: code,
    body: {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: uid ?? '', allowed: false, status: { code, reason, message: `holdfast: ${message}` } },
    },
  };
}
