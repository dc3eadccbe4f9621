import type { IncomingHttpHeaders } from 'node:http';
import type { Verb } from './faults.ts';

export interface LoggedRequest {
  readonly verb: Verb;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Tells connections apart. */
  readonly remotePort: number | undefined;
}

const WRITES: ReadonlySet<Verb> = new Set(['create', 'update', 'patch', 'delete']);

/** What was asked, for tests to count. */
export class RequestLog {
  readonly all: LoggedRequest[] = [];
  readonly #waiting = new Set<() => void>();

  add(request: LoggedRequest): void {
    this.all.push(request);
    for (const check of this.#waiting) check();
  }

  clear(): void {
    this.all.length = 0;
  }

  of(verb: Verb, path = ''): readonly LoggedRequest[] {
    return this.all.filter((request) => request.verb === verb && request.path.startsWith(path));
  }

  count(verb: Verb, path = ''): number {
    return this.of(verb, path).length;
  }

  get writes(): readonly LoggedRequest[] {
    return this.all.filter(({ verb }) => WRITES.has(verb));
  }

  /** Resolves as soon as so many were asked. */
  async reached(verb: Verb, path: string, times: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const check = (): void => {
        if (this.count(verb, path) < times) return;
        this.#waiting.delete(check);
        resolve();
      };
      this.#waiting.add(check);
      check();
    });
  }
}
