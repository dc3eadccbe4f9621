import { createHash } from 'node:crypto';

/** A text and what names it. */
export interface TaggedText {
  readonly body: Buffer;
  readonly etag: string;
}

/** So long one answer serves everybody who asks: many open pages cost no more than one. */
const FRESH_MS = 500;

/** JSON that is made when somebody asks for it, at most twice a second. */
export class CachedJson {
  readonly #make: () => unknown;
  #last: TaggedText | undefined;
  #madeAt = 0;

  constructor(make: () => unknown) {
    this.#make = make;
  }

  get(): TaggedText {
    const now = performance.now();
    if (this.#last === undefined || now > this.#madeAt + FRESH_MS) {
      const body = Buffer.from(JSON.stringify(this.#make()));
      this.#last = { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` };
      this.#madeAt = now;
    }
    return this.#last;
  }
}
