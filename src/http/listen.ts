import type { AddressInfo, Server } from 'node:net';

/** Where to listen; port 0 takes any free one. `option` is what the operator changes to listen elsewhere. */
export interface ListenAt {
  readonly host: string;
  readonly port: number;
  readonly option?: string;
}

/** The socket cannot be opened; the message names host and port and says what to do. */
export class CannotListenError extends Error {
  override readonly name = 'CannotListenError';
  /** The system's code, such as `EADDRINUSE`. */
  readonly code: string;

  constructor({ host, port, option }: ListenAt, cause: NodeJS.ErrnoException) {
    const code = cause.code ?? 'unknown';
    const elsewhere = option === undefined ? 'choose another address' : `choose another address with ${option}`;
    super(`cannot listen on ${hostPort(host, port)}: ${WHY[code] ?? cause.message}, or ${elsewhere}`, { cause });
    this.code = code;
  }
}

const WHY: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; stop the process that has it',
  EACCES: 'this user may not open the port; use one from 1024 on',
  EADDRNOTAVAIL: 'this machine does not have the address; use one of its own',
  ENOTFOUND: 'the host name does not resolve; check its spelling',
};

/** Opens the socket. @returns the address really taken @throws {CannotListenError} */
export function listen(server: Server, at: ListenAt): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => reject(new CannotListenError(at, error));
    server.once('error', onError);
    server.listen({ host: at.host, port: at.port }, () => {
      server.off('error', onError);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the server has no TCP address'));
      else resolve(address);
    });
  });
}

/** `host:port`, with brackets around an IPv6 address. */
export function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
