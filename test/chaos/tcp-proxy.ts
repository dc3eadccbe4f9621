import { connect, createServer, type Server, type Socket } from 'node:net';

/** How a network can be. Latency in milliseconds, per direction. */
export type Weather =
  | { readonly kind: 'fair' }
  /** Nothing arrives, and nobody is told: connections stay open. */
  | { readonly kind: 'stalled' }
  | { readonly kind: 'slow'; readonly latencyMs: number };

/** A line of TCP whose weather can change. It does not look at what passes. */
export class TcpProxy {
  readonly port: number;
  readonly #server: Server;
  readonly #target: number;
  readonly #lines = new Set<readonly [Socket, Socket]>();
  #weather: Weather = { kind: 'fair' };

  private constructor(server: Server, port: number, target: number) {
    this.#server = server;
    this.port = port;
    this.#target = target;
    server.on('connection', (client: Socket) => this.#open(client));
  }

  /** @param target a port of loopback. @param port 0: any free one */
  static start(target: number, port = 0): Promise<TcpProxy> {
    const server = createServer({ pauseOnConnect: true });
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        resolve(new TcpProxy(server, typeof address === 'object' && address !== null ? address.port : 0, target));
      });
    });
  }

  /** Open connections as well as new ones. */
  set weather(weather: Weather) {
    this.#weather = weather;
    for (const line of this.#lines) this.#apply(line);
  }

  /** Breaks every open connection; new ones are taken. */
  cut(): void {
    for (const [client, upstream] of this.#lines) {
      client.destroy();
      upstream.destroy();
    }
  }

  stop(): void {
    this.#server.close();
    this.cut();
  }

  #open(client: Socket): void {
    const upstream = connect({ host: '127.0.0.1', port: this.#target });
    const line = [client, upstream] as const;
    this.#lines.add(line);
    this.#join(line);
    this.#join([upstream, client]);
    this.#apply(line);
  }

  #join([from, to]: readonly [Socket, Socket]): void {
    from.setNoDelay(true);
    from.on('data', (bytes) => this.#later(() => to.writable && to.write(bytes)));
    from.on('end', () => this.#later(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      to.destroy();
      for (const line of this.#lines) if (line.includes(from)) this.#lines.delete(line);
    });
  }

  /** Timers of the same length keep their order, so that bytes do as well. */
  #later(pass: () => void): void {
    if (this.#weather.kind === 'slow') setTimeout(pass, this.#weather.latencyMs);
    else pass();
  }

  #apply(line: readonly [Socket, Socket]): void {
    for (const socket of line) {
      if (this.#weather.kind === 'stalled') socket.pause();
      else socket.resume();
    }
  }
}
