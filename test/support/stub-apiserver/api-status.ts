const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** What the API server refuses, as it says it: a meta/v1 Status. */
export class ApiStatus extends Error {
  override readonly name = 'ApiStatus';
  readonly code: number;
  readonly reason: string;

  constructor(code: number, message: string, reason = REASONS[code] ?? 'Unknown') {
    super(message);
    this.code = code;
    this.reason = reason;
  }

  get body(): object {
    const { code, reason, message } = this;
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  }
}
