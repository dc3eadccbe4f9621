import { createServer } from 'node:net';

/**
 * Below the ports that systems give to outgoing connections (Linux: from 32768, others: from 49152): what is free there
 * stays free until it is used, unless somebody wants this very port.
 */
const [FIRST, LAST] = [10_000, 32_000];
const ATTEMPTS = 100;

/** A TCP port that is free on 127.0.0.1 now. @throws Error when a hundred in a row are taken */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = FIRST + Math.floor(Math.random() * (LAST - FIRST));
    if (await isFree(port)) return port;
  }
  throw new Error(`no free TCP port on 127.0.0.1: ${ATTEMPTS} between ${FIRST} and ${LAST} are taken`);
}

/** `count` different free ports. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await freePort());
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
