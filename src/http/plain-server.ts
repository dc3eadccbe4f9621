import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Drain, type DrainOptions } from './drain.ts';
import { DEFAULT_LIMITS, httpOptions, type ServerLimits } from './limits.ts';
import { type ListenAt, listen } from './listen.ts';

/** A server that listens. */
export interface RunningServer {
  readonly address: AddressInfo;
  /** Ends it without failing a request that was accepted; see {@link DrainOptions}. */
  close(options: DrainOptions): Promise<void>;
}

/** Where the operations port listens and what answers there. */
export interface PlainServerOptions extends ListenAt {
  readonly app: RequestListener;
  readonly limits?: Partial<ServerLimits>;
}

/** Starts a plain HTTP server. @throws {CannotListenError} when the port cannot be opened */
export async function startPlainServer({ app, limits, ...at }: PlainServerOptions): Promise<RunningServer> {
  const server = createServer(httpOptions({ ...DEFAULT_LIMITS, ...limits }), app);
  const drain = new Drain(server, 'connection');
  const address = await listen(server, at);
  return { address, close: (options) => drain.close(options) };
}
