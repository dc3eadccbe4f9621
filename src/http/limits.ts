import type { ConnectionLimits } from './connection-limit.ts';

/** Timeouts and sizes of a server, in milliseconds and bytes. */
export interface ServerLimits extends ConnectionLimits {
  /** An idle connection is kept this long. Longer than Go's 90 s, so that the API server is always the one to close. */
  readonly keepAliveTimeoutMs: number;
  /** The headers of one request must have arrived by then, counted from its first byte (not from the last answer). */
  readonly headersTimeoutMs: number;
  /** A whole request must have arrived by then. The API server gives up after 30 s at the latest. */
  readonly requestTimeoutMs: number;
  /** How often the two above are checked. */
  readonly checkEveryMs: number;
  readonly maxHeaderBytes: number;
  /** A TLS handshake must be over by then. */
  readonly handshakeTimeoutMs: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  keepAliveTimeoutMs: 120_000,
  headersTimeoutMs: 15_000,
  requestTimeoutMs: 35_000,
  checkEveryMs: 5_000,
  maxHeaderBytes: 32 * 1024,
  // All the 600 requests that a kube-apiserver has in flight at a time would be far more than usual.
  maxConnections: 600,
  maxHandshakes: 100,
  handshakeTimeoutMs: 10_000,
};

/** The limits in the words of node:http. */
export function httpOptions(limits: ServerLimits) {
  return {
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    connectionsCheckingInterval: limits.checkEveryMs,
    maxHeaderSize: limits.maxHeaderBytes,
  };
}
