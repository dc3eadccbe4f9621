import type { KubeFailure } from './errors.ts';

/** The time and the caller's signal that may end a request. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #timeoutMs: number;
  readonly #outer: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #cancel = (): void => this.#controller.abort();
  #timedOut = false;

  constructor(timeoutMs: number, outer: AbortSignal | undefined) {
    this.#timeoutMs = timeoutMs;
    this.#outer = outer;
    this.#timer = setTimeout(() => {
      this.#timedOut = true;
      this.#controller.abort();
    }, timeoutMs);
    if (outer?.aborted) this.#controller.abort();
    outer?.addEventListener('abort', this.#cancel);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get over(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Why this deadline ended the request, or undefined when it did not. */
  get failure(): KubeFailure | undefined {
    if (this.#timedOut) return { kind: 'timeout', status: 0, message: `no answer within ${this.#timeoutMs / 1000} s` };
    if (!this.over) return undefined;
    const reason: unknown = this.#outer?.reason;
    if (reason instanceof Error && reason.name === 'TimeoutError') {
      return { kind: 'timeout', status: 0, message: "the caller's time is up" };
    }
    return { kind: 'other', status: 0, message: 'cancelled' };
  }

  /** @returns what `work` gives, if it does so in time: for work that cannot be cancelled (an exec plugin). */
  race<T>(work: Promise<T>): Promise<T> {
    const { signal } = this;
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new Error('too late'));
      if (signal.aborted) late();
      signal.addEventListener('abort', late, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', late));
    });
  }

  /** The rest may take as long as it likes; the caller's signal still counts. */
  stopClock(): void {
    clearTimeout(this.#timer);
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#outer?.removeEventListener('abort', this.#cancel);
  }
}
