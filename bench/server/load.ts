/**
 * The load: raw HTTP/1.1 over TLS, one request at a time on each connection, every byte of a request written
 * beforehand, so that this process never is what limits the server. Prints one line of JSON ({@link LoadResult}).
 * `node load.ts JSON` ({@link LoadOrder}).
 */
import { readFileSync } from 'node:fs';
import { connect, type TLSSocket } from 'node:tls';
import { cpuSeconds } from '../support/cpu-time.ts';
import { percentile } from '../support/statistics.ts';

/** What to do. */
export interface LoadOrder {
  readonly port: number;
  /** Of the server. */
  readonly pid: number;
  /** PEM of the CA. */
  readonly caFile: string;
  /** The bodies, one a line. */
  readonly bodiesFile: string;
  readonly path: string;
  readonly connections: number;
  /** Requests before anything is measured: the just-in-time compiler counts calls, not seconds. */
  readonly warmup: number;
  readonly measureMs: number;
}

/** What came of it. */
export interface LoadResult {
  readonly perSecond: number;
  /** CPU time that the server used for each, microseconds; NaN where the system does not tell. */
  readonly serverMicros: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Answers that were not 200. */
  readonly failed: number;
  /** Share of one CPU that the load itself used: near 1 it would have been the limit. */
  readonly loadCpu: number;
}

const [, , text = '{}'] = process.argv;
const order = JSON.parse(text) as LoadOrder;
const ca = readFileSync(order.caFile, 'utf8');
const requests = readFileSync(order.bodiesFile, 'utf8').trimEnd().split('\n').map(requestOf);

const latencies: number[] = [];
let failed = 0;
let measuring = false;
let next = 0;
let answered = 0;

function requestOf(body: string): Buffer {
  const head = [
    `POST ${order.path}?timeout=5s HTTP/1.1`,
    'Host: 127.0.0.1',
    'User-Agent: kube-apiserver-admission',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Accept: application/json, */*',
    'Content-Type: application/json',
    'Accept-Encoding: gzip',
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}

/** Sends one request after the other for as long as the socket lives. */
function drive(socket: TLSSocket): void {
  let sentAt = 0;
  let held: Buffer | undefined;
  const send = () => {
    sentAt = performance.now();
    socket.write(requests[next++ % requests.length] ?? '');
  };
  socket.on('data', (chunk: Buffer) => {
    const answer = held === undefined ? chunk : Buffer.concat([held, chunk]);
    if (!isWhole(answer)) {
      held = answer;
      return;
    }
    held = undefined;
    answered += 1;
    if (answered === order.warmup) begin();
    else if (measuring) {
      latencies.push(performance.now() - sentAt);
      if (answer[9] !== 0x32 || answer[10] !== 0x30 || answer[11] !== 0x30) failed += 1;
    }
    send();
  });
  send();
}

function isWhole(answer: Buffer): boolean {
  const end = answer.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const length = /content-length: *(\d+)/i.exec(answer.toString('latin1', 0, end))?.[1];
  if (length === undefined) throw new Error(`an answer without Content-Length:\n${answer.toString('utf8')}`);
  return answer.length >= end + 4 + Number(length);
}

const sockets = await Promise.all(
  Array.from(
    { length: order.connections },
    () =>
      new Promise<TLSSocket>((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port: order.port, ca, ALPNProtocols: ['http/1.1'] });
        socket.setNoDelay(true);
        socket.once('secureConnect', () => resolve(socket)).once('error', reject);
      }),
  ),
);
for (const socket of sockets) drive(socket);

/** All connections are at work, and the server has answered often enough. */
function begin(): void {
  measuring = true;
  const [startedAt, cpu, serverCpu] = [performance.now(), process.cpuUsage(), cpuSeconds(order.pid)];
  setTimeout(() => {
    const seconds = (performance.now() - startedAt) / 1000;
    const used = process.cpuUsage(cpu);
    const result: LoadResult = {
      perSecond: latencies.length / seconds,
      serverMicros: ((cpuSeconds(order.pid) - serverCpu) * 1e6) / latencies.length,
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      failed,
      loadCpu: (used.user + used.system) / 1e6 / seconds,
    };
    console.log(JSON.stringify(result));
    process.exit(0);
  }, order.measureMs);
}
