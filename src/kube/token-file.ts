import { readFileSync } from 'node:fs';

/** How long a token that was read counts as fresh. kubelet replaces it long before it expires (at 80 % of its life). */
const FRESH_MS = 10_000;

/**
 * A bearer token in a file that somebody rotates. client-node's own FileAuth re-reads once a minute only, keeps using a
 * revoked token until then, and sends a trailing newline as part of the header.
 */
export class TokenFile {
  readonly #path: string;
  readonly #now: () => number;
  #token: string | undefined;
  #readAt = 0;

  constructor(path: string, now: () => number = () => performance.now()) {
    this.#path = path;
    this.#now = now;
  }

  /** @returns the token, at most 10 s old. @throws when it was never readable */
  read(): string {
    if (this.#token === undefined || this.#now() - this.#readAt >= FRESH_MS) this.refresh();
    if (this.#token === undefined) throw new Error(`token file ${this.#path} cannot be read: is the token mounted?`);
    return this.#token;
  }

  /** Reads the file now; a file that cannot be read (being replaced) leaves the last token in use. */
  refresh(): void {
    this.#readAt = this.#now();
    try {
      const text = readFileSync(this.#path, 'utf8').trim();
      if (text !== '') this.#token = text;
    } catch {
      // `read` complains when there has never been a token; until then the last one may still be good.
    }
  }
}
