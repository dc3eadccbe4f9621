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

/**
 * One connection. Not a set of all answers under way: a set that changes with every request grows tables that point to each
 * other, and V8's young generation keeps what they held, 4 KB of each request.
 */
interface Line {
  /** Answers that are still being made or sent; several only when a client pipelines. */
  open: number;
  /** The last of them: the one that ends the connection if it says so. */
  last: ServerResponse | undefined;
}

/** Follows the connections and requests of a server, so that it can end without failing a request. */
export class Drain {
  readonly #server: Server | TlsServer;
  /** Connections that speak HTTP. */
  readonly #lines = new Map<Socket, Line>();
  /** Every TCP connection, also those still in the TLS handshake. */
  readonly #sockets = new Set<Socket>();
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
      this.#lines.set(socket, { open: 0, last: undefined });
      socket.once('close', () => this.#lines.delete(socket));
    });
    server.prependListener('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
      const line = this.#lines.get(socket);
      if (line !== undefined) this.#began(line, socket, response);
    });
  }

  /** Ends the server; a second call waits for the first. Resolves when nothing is open any more; never rejects. */
  close(options: DrainOptions): Promise<void> {
    this.#closed ??= this.#close(options);
    return this.#closed;
  }

  #began(line: Line, socket: Socket, response: ServerResponse): void {
    line.open += 1;
    line.last = response;
    if (this.#draining) response.setHeader('Connection', 'close');
    response.once('close', () => {
      line.open -= 1;
      if (line.open > 0) return;
      line.last = undefined;
      if (this.#closing) socket.destroySoon();
    });
  }

  async #close({ drainMs, lameDuckMs = DEFAULT_LAME_DUCK_MS }: DrainOptions): Promise<void> {
    const force = setTimeout(() => this.#cutOff(), drainMs);
    this.#draining = true;
    for (const { last } of this.#lines.values()) {
      if (last?.headersSent === false) last.setHeader('Connection', 'close');
    }
    await delay(Math.min(lameDuckMs, drainMs));
    this.#closing = true;
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const [socket, { open }] of this.#lines) {
      if (open === 0) socket.destroySoon();
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
