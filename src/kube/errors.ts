import { ClusterError } from '../app/cluster-error.ts';
import { type JsonObject, stringAt } from './json.ts';

/**
 * What can go wrong with a call to the API server. `status` is the HTTP status, 0 when there was no answer.
 * - `conflict`: resourceVersion or precondition is stale: read again. - `already-exists`: somebody else created it.
 * - `gone`: the resourceVersion or continue token is too old: list again.
 * - `unavailable`: no connection, 429, 502, 503. - `timeout`: no answer in time, or 504.
 */
export type KubeFailureKind =
  | 'conflict'
  | 'already-exists'
  | 'not-found'
  | 'gone'
  | 'forbidden'
  | 'unauthorized'
  | 'invalid'
  | 'unavailable'
  | 'timeout'
  | 'other';

export interface KubeFailure {
  readonly kind: KubeFailureKind;
  readonly status: number;
  readonly message: string;
}

/** Which call failed, for messages. */
export interface RequestLine {
  readonly method: string;
  /** Scheme, host and port. */
  readonly server: string;
  readonly path: string;
}

export interface KubeErrorDetail {
  /** Code of the socket or TLS error (`ECONNREFUSED`). */
  readonly code?: string;
  /** Whether a write may have been stored although no answer came. */
  readonly maybeApplied?: boolean;
  /** What the server asked for with Retry-After, in milliseconds. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Every failure of a `KubeClient` call. */
export class KubeError extends ClusterError {
  override readonly name = 'KubeError';
  readonly failure: KubeFailure;
  readonly request: RequestLine;
  readonly code: string | undefined;
  readonly maybeApplied: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(failure: KubeFailure, request: RequestLine, detail: KubeErrorDetail = {}) {
    super(`${request.method} ${request.path}: ${failure.message}`, { cause: detail.cause });
    this.failure = failure;
    this.request = request;
    this.code = detail.code;
    this.maybeApplied = detail.maybeApplied ?? false;
    this.retryAfterMs = detail.retryAfterMs;
  }

  get kind(): KubeFailureKind {
    return this.failure.kind;
  }
}

/** @returns whether `error` is a KubeError of one of these kinds. */
export function isKubeError(error: unknown, ...kinds: readonly KubeFailureKind[]): error is KubeError {
  return error instanceof KubeError && (kinds.length === 0 || kinds.includes(error.kind));
}

const KIND_OF_STATUS: Readonly<Record<number, KubeFailureKind>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  409: 'conflict',
  410: 'gone',
  413: 'invalid',
  422: 'invalid',
  429: 'unavailable',
  502: 'unavailable',
  503: 'unavailable',
  504: 'timeout',
};

/**
 * @param status HTTP status, or the `code` of a Status object in a watch
 * @param body the answer: a meta/v1 Status when the API server itself spoke, anything when something between did
 */
export function failureOf(status: number, body: unknown): KubeFailure {
  const reason = stringAt(body, 'reason');
  const kind = reason === 'AlreadyExists' ? 'already-exists' : (KIND_OF_STATUS[status] ?? 'other');
  const message = stringAt(body, 'message') ?? (reason === undefined ? `HTTP ${status}` : `${reason} (HTTP ${status})`);
  return { kind, status, message };
}

/** @returns the failure that an ERROR event of a watch carries. */
export function failureOfEvent(status: JsonObject): KubeFailure {
  const code = status.code;
  return failureOf(typeof code === 'number' ? code : 500, status);
}
