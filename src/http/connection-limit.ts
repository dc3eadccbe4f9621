import type { Server } from 'node:https';
import type { TLSSocket } from 'node:tls';

/** How many connections a server takes. */
export interface ConnectionLimits {
  /** Open at a time. */
  readonly maxConnections: number;
  /** In their TLS handshake at a time. */
  readonly maxHandshakes: number;
}

/**
 * Closes connections that are too many as soon as they come. A handshake costs several times what a decision does: when
 * callers find all their connections busy they open more, and handshakes alone would keep the server from answering on
 * those that are open, for as long as the callers try. So only some are made at a time, and open connections go on.
 * @param onTooMany hears of each connection that was closed
 */
export function limitConnections(server: Server, limits: ConnectionLimits, onTooMany: () => void): void {
  const { maxConnections, maxHandshakes } = limits;
  let established = 0;
  const change = (by: number): void => {
    established += by;
    // Compared with all that are open, those in their handshake included, when the next one comes.
    server.maxConnections = Math.min(maxConnections, established + maxHandshakes);
  };
  change(0);
  server.on('secureConnection', (socket: TLSSocket) => {
    change(1);
    socket.once('close', () => change(-1));
  });
  server.on('drop', onTooMany);
}
