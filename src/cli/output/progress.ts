import { wantsProgress } from '../../config/terminal.ts';
import type { Printer } from './print.ts';

const EVERY_MS = 100;

/** One line on a terminal that says how far long work is. On anything else it is silent. */
export class Progress {
  readonly #to: Printer;
  readonly #shown: boolean;
  readonly #now: () => number;
  #lastAt = Number.NEGATIVE_INFINITY;
  #width = 0;

  constructor(to: Printer, now: () => number = () => performance.now()) {
    this.#to = to;
    this.#shown = wantsProgress(to);
    this.#now = now;
  }

  /** Replaces the line, at most ten times a second. */
  say(text: string): void {
    const now = this.#now();
    if (!this.#shown || now < this.#lastAt + EVERY_MS) return;
    this.#lastAt = now;
    this.#to.write(`\r${text.padEnd(this.#width)}`);
    this.#width = text.length;
  }

  /** Wipes the line. */
  end(): void {
    if (this.#width > 0) this.#to.write(`\r${' '.repeat(this.#width)}\r`);
    this.#width = 0;
  }
}
