import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Server as TlsServer } from 'node:https';
import type { Socket } from 'node:net';

/** How a server ends. Milliseconds. */
export interface DrainOptions {
  /** After this everything still open is cut off. */
  readonly drainMs: number;
  /**
   * First, for this long, calls are still accepted, each answered with `Connection: close`: clients that learn late of
   * the shutdown are served, and busy connections end by themselves. (An idle connection that is closed under a request
   * on its way is an error to Go's client, which does not repeat a POST.)
   */
  readonly lameDuckMs?: number;
}

const DEFAULT_LAME_DUCK_MS = 500;

/** Follows the connections and requests of a server, so that it can end without failing a request. */
export class Drain {
  readonly #server: Server | TlsServer;
  /** Connections that speak HTTP, and how many requests each has in work. */
  readonly #inFlight = new Map<Socket, number>();
  /** Every TCP connection, also those still in the TLS handshake. */
  readonly #sockets = new Set<Socket>();
  readonly #responses = new Set<ServerResponse>();
  #draining = false;
  #closing = false;
  #closed: Promise<void> | undefined;

  /** @param ready the event that hands over a connection which speaks HTTP */
  constructor(server: Server | TlsServer, ready: 'connection' | 'secureConnection') {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    server.on(ready, (socket: Socket) => {
      this.#inFlight.set(socket, 0);
      socket.once('close', () => this.#inFlight.delete(socket));
    });
    server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#began(request.socket, response);
    });
  }

  /** Ends the server; a second call waits for the first. Resolves when nothing is open any more; never rejects. */
  close(options: DrainOptions): Promise<void> {
    this.#closed ??= this.#close(options);
    return this.#closed;
  }

  #began(socket: Socket, response: ServerResponse): void {
    this.#inFlight.set(socket, (this.#inFlight.get(socket) ?? 0) + 1);
    this.#responses.add(response);
    if (this.#draining) response.setHeader('Connection', 'close');
    response.once('close', () => {
      this.#responses.delete(response);
      const left = (this.#inFlight.get(socket) ?? 1) - 1;
      if (!this.#inFlight.has(socket)) return;
      this.#inFlight.set(socket, left);
      if (this.#closing && left === 0) socket.destroySoon();
    });
  }

  async #close({ drainMs, lameDuckMs = DEFAULT_LAME_DUCK_MS }: DrainOptions): Promise<void> {
    const force = setTimeout(() => this.#cutOff(), drainMs);
    this.#draining = true;
    for (const response of this.#responses) {
      if (!response.headersSent) response.setHeader('Connection', 'close');
    }
    await delay(Math.min(lameDuckMs, drainMs));
    this.#closing = true;
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const [socket, requests] of this.#inFlight) {
      if (requests === 0) socket.destroySoon();
    }
    await closed;
    clearTimeout(force);
  }

  #cutOff(): void {
    this.#server.closeAllConnections();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
