/** An answer of the API server that is not 2xx. */
export class ApiError extends Error {
  /** HTTP status, e.g. 409. */
  readonly status: number;
  /** `reason` of the Kubernetes Status, e.g. `Conflict`; empty when the answer was no Status. */
  readonly reason: string;
  /** The answer as it came. */
  readonly body: string;

  constructor(request: string, status: number, body: string) {
    const { reason, message } = parseStatus(body);
    super(`${request}: ${status} ${reason} ${message}`.trimEnd());
    this.name = 'ApiError';
    this.status = status;
    this.reason = reason;
    this.body = body;
  }
}

/** True for an {@link ApiError} with this HTTP status. */
export function isStatus(error: unknown, status: number): error is ApiError {
  return error instanceof ApiError && error.status === status;
}

function parseStatus(body: string): { readonly reason: string; readonly message: string } {
  try {
    const { reason = '', message = '' } = JSON.parse(body) as { reason?: string; message?: string };
    return { reason, message };
  } catch {
    return { reason: '', message: body.slice(0, 500) };
  }
}
