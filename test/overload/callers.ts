import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import { type Call, type Ended, judgeAnswer } from './call.ts';

/** How the callers call. */
export interface CallersOptions {
  readonly port: number;
  /** With the CA; made once, because making one costs more than a handshake. */
  readonly secureContext: SecureContext;
  /** The bytes of a request with this uid. */
  readonly requestOf: (uid: string) => Buffer;
  /** The caller's time for a call, from the moment it is due; milliseconds. */
  readonly timeoutMs: number;
  /** How many connections the callers open at the most. */
  readonly maxConnections: number;
  readonly onEnd: (ended: Ended) => void;
}

/** How long an answer is still waited for after the caller's time is over, to see whether one comes too late. */
const LINGER_MS = 2_000;

/**
 * Callers that behave as Go's HTTP client does in kube-apiserver: a call takes an idle connection, or opens one more; one
 * request at a time on each. At its limit of connections (kube-apiserver's: of requests in flight) a call is not made.
 */
export class Callers {
  readonly #options: CallersOptions;
  readonly #idle: Line[] = [];
  readonly #waiting: Call[] = [];
  /** The first of the waiting ones that is still there. */
  #first = 0;
  #open = 0;
  /** Connections that were closed before they could be used. */
  refusedConnections = 0;

  constructor(options: CallersOptions) {
    this.#options = options;
  }

  /** Calls under way or waiting. */
  get pending(): number {
    return this.#open - this.#idle.length + this.#waiting.length - this.#first;
  }

  call(call: Call): void {
    const line = this.#idle.pop();
    if (line !== undefined) line.send(call);
    else if (this.#open >= this.#options.maxConnections) this.#end({ call, fate: 'not made', ms: 0 });
    else {
      this.#waiting.push(call);
      this.#dial();
    }
  }

  /** Ends calls whose time was over before they had a connection. To be called every few milliseconds. */
  tick(now: number): void {
    for (let call = this.#waiting[this.#first]; call !== undefined; call = this.#waiting[this.#first]) {
      if (now < call.dueAt + this.#options.timeoutMs) break;
      this.#first += 1;
      this.#end({ call, fate: 'no connection', ms: now - call.dueAt });
    }
    if (this.#first < 10_000) return;
    this.#waiting.splice(0, this.#first);
    this.#first = 0;
  }

  close(): void {
    for (const line of this.#idle) line.destroy();
  }

  #end(ended: Ended): void {
    this.#options.onEnd(ended);
  }

  #takeWaiting(): Call | undefined {
    const call = this.#waiting[this.#first];
    if (call !== undefined) this.#first += 1;
    return call;
  }

  #dial(): void {
    this.#open += 1;
    const line = new Line(this.#options, {
      ready: () => this.#next(line),
      free: () => this.#next(line),
      ended: (ended) => this.#end(ended),
      closed: (wasReady) => this.#closed(line, wasReady),
    });
  }

  #next(line: Line): void {
    this.tick(performance.now());
    const call = this.#takeWaiting();
    if (call === undefined) this.#idle.push(line);
    else line.send(call);
  }

  #closed(line: Line, wasReady: boolean): void {
    this.#open -= 1;
    const at = this.#idle.indexOf(line);
    if (at >= 0) this.#idle.splice(at, 1);
    if (wasReady) return;
    this.refusedConnections += 1;
    const call = this.#takeWaiting();
    if (call !== undefined) this.#end({ call, fate: 'no connection', ms: performance.now() - call.dueAt });
  }
}

interface Heard {
  readonly ready: () => void;
  readonly free: () => void;
  readonly ended: (ended: Ended) => void;
  readonly closed: (wasReady: boolean) => void;
}

/** One connection. */
class Line {
  readonly #options: CallersOptions;
  readonly #heard: Heard;
  readonly #socket: TLSSocket;
  #call: Call | undefined;
  #timer: NodeJS.Timeout | undefined;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(options: CallersOptions, heard: Heard) {
    this.#options = options;
    this.#heard = heard;
    const { port, secureContext } = options;
    let isReady = false;
    this.#socket = connect({ host: '127.0.0.1', port, secureContext, ALPNProtocols: ['http/1.1'] });
    this.#socket.setNoDelay(true);
    this.#socket.once('secureConnect', () => {
      isReady = true;
      heard.ready();
    });
    this.#socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.#socket.on('error', () => {});
    this.#socket.once('close', () => {
      this.#settle('broken');
      heard.closed(isReady);
    });
  }

  send(call: Call): void {
    this.#call = call;
    const left = call.dueAt + this.#options.timeoutMs + LINGER_MS - performance.now();
    this.#timer = setTimeout(() => {
      this.#settle('no answer');
      this.#socket.destroy();
    }, left);
    this.#socket.write(this.#options.requestOf(call.uid));
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #settle(fate: 'broken' | 'no answer'): void {
    const call = this.#call;
    if (call === undefined) return;
    this.#over();
    this.#heard.ended({ call, fate, ms: performance.now() - call.dueAt });
  }

  #over(): void {
    clearTimeout(this.#timer);
    this.#call = undefined;
  }

  #read(chunk: Buffer): void {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const end = this.#bytes.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#bytes.toString('latin1', 0, end);
    const length = Number(/content-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
    if (this.#bytes.length < end + 4 + length) return;
    const body = this.#bytes.toString('utf8', end + 4, end + 4 + length);
    this.#bytes = Buffer.alloc(0);
    const call = this.#call;
    if (call === undefined) return;
    this.#over();
    const answer = { status: Number(head.slice(9, 12)), body, retryAfter: /\r\nretry-after:/i.test(head) };
    this.#heard.ended({ call, ...judgeAnswer(call, answer), ms: performance.now() - call.dueAt });
    if (!/\r\nconnection: *close/i.test(head)) this.#heard.free();
  }
}
