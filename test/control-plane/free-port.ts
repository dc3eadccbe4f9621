import { createServer, type Server } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections (Linux: from 32768, others: from 49152). Of each block one
 * process has all ports, as long as it listens on the first one: so what it gave out stays its own while a server is
 * down to be started again, and the system gives the block back when the process ends, however it ends.
 */
const FIRST = 10_000;
const BLOCK = 500;
const BLOCKS = 44;

const ports = portsOfOwnBlocks();

/**
 * A TCP port that is free on 127.0.0.1 now, and that no other test process is given while this one runs.
 * @throws Error when every block has an owner
 */
export async function freePort(): Promise<number> {
  const { value: port } = await ports.next();
  if (port !== undefined) return port;
  throw new Error(`no free TCP ports on 127.0.0.1: each of ${BLOCKS} blocks from ${FIRST} on is taken by a process`);
}

/** `count` different free ports. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const found: number[] = [];
  while (found.length < count) found.push(await freePort());
  return found;
}

/** Each port once. (A generator answers one call after the other, however many come at a time.) */
async function* portsOfOwnBlocks(): AsyncGenerator<number, undefined> {
  for (;;) {
    const first = await takeBlock();
    if (first === undefined) return undefined;
    for (let port = first + 1; port < first + BLOCK; port += 1) {
      const probe = await bind(port);
      if (probe === undefined) continue;
      await new Promise((resolve) => probe.close(resolve));
      yield port;
    }
  }
}

/** @returns its first port; undefined when every block has an owner */
async function takeBlock(): Promise<number | undefined> {
  const start = Math.floor(Math.random() * BLOCKS);
  for (let i = 0; i < BLOCKS; i += 1) {
    const first = FIRST + ((start + i) % BLOCKS) * BLOCK;
    const lock = await bind(first);
    if (lock === undefined) continue;
    lock.unref();
    return first;
  }
  return undefined;
}

/** A server that listens on the port, or nothing if somebody else does. */
function bind(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}
