/**
 * The part of `admission.k8s.io/v1` that holdfast reads and writes, hand-written and readonly.
 * Source: Kubernetes API reference, AdmissionReview v1.
 */

/** What the API server posts; everything may be missing or of another type until `decode` has looked. */
export interface AdmissionRequestIn {
  readonly uid: string;
  readonly kind?: { readonly group?: string; readonly version?: string; readonly kind?: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
  readonly userInfo?: { readonly username?: string; readonly groups?: readonly string[] };
  readonly object?: unknown;
  readonly oldObject?: unknown;
  readonly dryRun?: boolean;
}

/** The `status` of a refusal: what a client prints, and the HTTP code that it sees. */
export interface AdmissionStatus {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

/** `response` of an AdmissionReview. `uid` is empty only when the request's could not be read. */
export interface AdmissionResponseOut {
  readonly uid: string;
  readonly allowed: boolean;
  readonly status?: AdmissionStatus;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
  /** Base64 of an RFC 6902 JSON patch; only from a mutating hook. */
  readonly patch?: string;
  readonly patchType?: 'JSONPatch';
}

/** The whole answer as it goes over the wire. */
export interface AdmissionReviewOut {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly response: AdmissionResponseOut;
}

/**
 * An answer together with its HTTP status. 200 is a decision; anything else makes the API server apply the hook's
 * failurePolicy (kubernetes docs: dynamic admission control, "failure policy"), and still carries a valid review.
 */
export interface ReviewAnswer {
  readonly httpStatus: number;
  readonly body: AdmissionReviewOut;
}

/** Which of the two hooks was called; a property of the URL, not of the review. */
export type Hook = 'validate' | 'mutate';

/** One call as the HTTP edge hands it to the application: parsed JSON of unknown shape, and how long it may take. */
export interface ReviewCall {
  readonly hook: Hook;
  /** Milliseconds left until the API server gives up (`?timeout=` minus a reserve). */
  readonly budgetMs: number;
}

/** The application as the HTTP edge sees it. Never rejects: a crash inside is an answer with code 500. */
export type HandleReview = (body: unknown, call: ReviewCall) => Promise<ReviewAnswer>;
