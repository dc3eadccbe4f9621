import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DecisionFeed, FeedEntry } from '../app/decision-feed.ts';

/** So many pages may listen at a time; the next one is told to wait. */
export const MOST_STREAMS = 50;
/** A comment keeps proxies from cutting a quiet stream. */
const ALIVE_EVERY_MS = 15_000;
/** A reader that is so far behind is cut off; it comes back and asks for what it missed. */
const MOST_UNSENT_BYTES = 1024 * 1024;

/** Server-sent events (WHATWG HTML): the last decisions, then each as it is made. */
export class EventStreams {
  readonly #feed: DecisionFeed;
  readonly #signal: AbortSignal;
  readonly #open = new Set<ServerResponse>();

  constructor(feed: DecisionFeed, signal: AbortSignal) {
    this.#feed = feed;
    this.#signal = signal;
    signal.addEventListener('abort', () => {
      for (const response of this.#open) response.end();
    });
  }

  /** Answers with a stream that begins after `Last-Event-ID`, if that is of this run. */
  open(request: IncomingMessage, response: ServerResponse): void {
    if (this.#signal.aborted || this.#open.size >= MOST_STREAMS) {
      const why = this.#signal.aborted ? 'shutting down' : `${MOST_STREAMS} pages listen already; close one`;
      response.writeHead(503, { 'Content-Type': 'text/plain; charset=utf-8', 'Retry-After': '5' }).end(`${why}\n`);
      return;
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'Cache-Control': 'no-store' });
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    response.write(
      `retry: 2000\n\n${this.#missed(request)
        .map((entry) => this.#event(entry))
        .join('')}`,
    );
    this.#follow(response);
  }

  #follow(response: ServerResponse): void {
    const send = (text: string): void => {
      if (response.writableLength > MOST_UNSENT_BYTES) response.destroy();
      else response.write(text);
    };
    const silence = this.#feed.listen((entry) => send(this.#event(entry)));
    const alive = setInterval(() => send(': alive\n\n'), ALIVE_EVERY_MS);
    alive.unref();
    this.#open.add(response);
    response.once('close', () => {
      silence();
      clearInterval(alive);
      this.#open.delete(response);
    });
  }

  #missed({ headers }: IncomingMessage): readonly FeedEntry[] {
    const [epoch, number] = String(headers['last-event-id'] ?? '').split('-');
    return this.#feed.after(epoch === String(this.#feed.epoch) ? Number(number) || 0 : 0);
  }

  #event(entry: FeedEntry): string {
    return `id: ${this.#feed.epoch}-${entry.number}\ndata: ${JSON.stringify(entry)}\n\n`;
  }
}
