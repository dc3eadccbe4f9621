import type { RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { createSecureContext, type SecureContextOptions, type TLSSocket } from 'node:tls';
import { type ClientCheck, hasName, whyRefused } from './client-check.ts';
import { limitConnections } from './connection-limit.ts';
import { Drain } from './drain.ts';
import { DEFAULT_LIMITS, httpOptions, type ServerLimits } from './limits.ts';
import { type ListenAt, listen } from './listen.ts';
import type { RunningServer } from './plain-server.ts';

/**
 * Forward secrecy and authenticated encryption only: of TLS 1.2 the suites with ECDHE and an AEAD, which Go's client has
 * all of; without a choice OpenSSL would also take RSA key exchange and CBC. Of TLS 1.3 there are no others.
 */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

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
  /** Who may call; everybody unless given. */
  readonly clients?: ClientCheck | undefined;
  /** Hears of every connection that was turned away because of `clients`. */
  readonly onRefused?: (why: string, from: string) => void;
  /** Hears of every connection that was closed because there are too many. */
  readonly onTooMany?: () => void;
}

export interface RunningTlsServer extends RunningServer {
  /**
   * Serves another certificate from the next handshake on; open connections go on.
   * @throws {BadCertificateError} when it cannot be served; the old one stays then
   */
  setCertificate(certificate: ServedCertificate): void;
  /**
   * Trusts clients of this CA (PEM) instead, from the next handshake on. Only for a server started with `clients`.
   * @throws {BadCertificateError} when it cannot be read; the old one stays then
   */
  setClientCa(ca: string): void;
}

/** What the server shows, and whom it trusts. */
interface Shown {
  readonly served: ServedCertificate;
  readonly clientCa: string | undefined;
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
  const { app, certificate, limits, clients, onRefused = () => {}, onTooMany = () => {}, ...at } = options;
  const all = { ...DEFAULT_LIMITS, ...limits };
  let now: Shown = { served: certificate, clientCa: clients?.ca };
  const requireClient = clients === undefined ? {} : { requestCert: true, rejectUnauthorized: true };
  const server = createServer(
    { ...httpOptions(all), ...contextOf(now), ...requireClient, handshakeTimeout: all.handshakeTimeoutMs },
    app,
  );
  if (clients !== undefined) turnAway(server, clients, onRefused);
  limitConnections(server, all, onTooMany);
  const drain = new Drain(server, 'secureConnection');
  const address = await listen(server, at);
  const change = (next: Shown): void => {
    server.setSecureContext(contextOf(next));
    now = next;
  };
  return {
    address,
    setCertificate: (served) => change({ ...now, served }),
    setClientCa: (clientCa) => change({ ...now, clientCa }),
    close: (drainOptions) => drain.close(drainOptions),
  };
}

/** The handshake refuses who has no certificate of the CA; of the others only those with a right name go on. */
function turnAway(server: Server, { names }: ClientCheck, onRefused: (why: string, from: string) => void): void {
  server.on('tlsClientError', (error, socket) => {
    const why = whyRefused(error, socket);
    if (why !== undefined) onRefused(why, socket.remoteAddress ?? 'nobody');
  });
  server.prependListener('secureConnection', (socket: TLSSocket) => {
    const certificate = socket.getPeerX509Certificate();
    if (names.length === 0 || (certificate !== undefined && hasName(certificate, names))) return;
    onRefused(
      `its certificate is for ${certificate?.subject ?? 'nobody'}, not for ${names.join(' or ')}`,
      socket.remoteAddress ?? 'nobody',
    );
    socket.destroy();
  });
}

/** Checks that the pair can be served before anything is replaced: setSecureContext leaves a half-set server behind. */
function contextOf({ served, clientCa }: Shown): SecureContextOptions {
  const { cert, key } = served;
  const trust = clientCa === undefined ? {} : { ca: clientCa };
  const context: SecureContextOptions = { cert, key, ...trust, minVersion: 'TLSv1.2', ciphers: CIPHERS };
  try {
    createSecureContext(context);
  } catch (error) {
    throw new BadCertificateError(error);
  }
  return context;
}
