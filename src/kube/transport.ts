import http from 'node:http';
import https from 'node:https';
import type { Connection } from './credentials.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly connection: Connection;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Aborting ends the request and, later, the body of its answer. */
  readonly signal: AbortSignal;
}

/** A request that got no answer. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: string | undefined;
  /** The socket had served an earlier request: the server probably closed it while it was idle. */
  readonly staleSocket: boolean;
  /** Whether anything may have reached the server. */
  readonly mayHaveArrived: boolean;

  constructor(cause: Error, staleSocket: boolean, mayHaveArrived: boolean) {
    super(cause.message, { cause });
    this.code = 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
    this.staleSocket = staleSocket;
    this.mayHaveArrived = mayHaveArrived;
  }
}

/**
 * One HTTP request on `node:http`, whose agents never use a proxy that they were not told of.
 * @returns the answer, its body not yet read. @throws TransportError
 */
export function send(request: HttpRequest): Promise<http.IncomingMessage> {
  const { method, url, connection, body, signal } = request;
  const library = url.protocol === 'https:' ? https : http;
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) };
  const headers = { ...connection.headers, ...request.headers, ...length };
  return new Promise((resolve, reject) => {
    const call = library.request(url, { method, agent: connection.agent, headers, signal });
    let connected = false;
    call.on('socket', (socket) => {
      if (call.reusedSocket) connected = true;
      else socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => (connected = true));
    });
    call.on('error', (error) => reject(new TransportError(error, isStale(call, error), connected)));
    call.on('response', resolve);
    call.end(body);
  });
}

function isStale(call: http.ClientRequest, error: Error): boolean {
  return call.reusedSocket && 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}
