import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { Drain } from './drain.ts';
import { DEFAULT_LIMITS, httpOptions, type ServerLimits } from './limits.ts';
import { type ListenAt, listen } from './listen.ts';
import type { RunningServer } from './plain-server.ts';

/** What the server shows to clients: PEM texts, the certificate first, then any intermediate ones. */
export interface ServedCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Where the admission port listens, what answers there, and with which certificate. */
export interface TlsServerOptions extends ListenAt {
  readonly app: RequestListener;
  readonly certificate: ServedCertificate;
  readonly limits?: Partial<ServerLimits>;
}

export interface RunningTlsServer extends RunningServer {
  /**
   * Serves another certificate from the next handshake on; open connections go on.
   * @throws {BadCertificateError} when it cannot be served; the old one stays then
   */
  setCertificate(certificate: ServedCertificate): void;
}

/** The certificate and key cannot be served together. */
export class BadCertificateError extends Error {
  override readonly name = 'BadCertificateError';

  constructor(cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`cannot serve this certificate: ${why}; check that tls.crt and tls.key are PEM and belong together`, {
      cause,
    });
  }
}

/** Starts an HTTPS server, TLS 1.2 or newer. @throws {CannotListenError | BadCertificateError} */
export async function startTlsServer(options: TlsServerOptions): Promise<RunningTlsServer> {
  const { app, certificate, limits, ...at } = options;
  const all = { ...DEFAULT_LIMITS, ...limits };
  const server = createServer(
    { ...httpOptions(all), ...contextOf(certificate), handshakeTimeout: all.handshakeTimeoutMs },
    app,
  );
  const drain = new Drain(server, 'secureConnection');
  const address = await listen(server, at);
  return {
    address,
    setCertificate: (next) => server.setSecureContext(contextOf(next)),
    close: (drainOptions) => drain.close(drainOptions),
  };
}

/** Checks that the pair can be served before anything is replaced: setSecureContext leaves a half-set server behind. */
function contextOf({ cert, key }: ServedCertificate): SecureContextOptions {
  const context: SecureContextOptions = { cert, key, minVersion: 'TLSv1.2' };
  try {
    createSecureContext(context);
  } catch (error) {
    throw new BadCertificateError(error);
  }
  return context;
}
