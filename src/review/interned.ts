/** Values beyond this are not remembered: an index of values that all differ would cost what it saves. */
const MOST = 10_000;

/** Gives equal values back as one and the same object, so that a hundred thousand Services keep it once. */
export class Interned<T> {
  readonly #known = new Map<string, T>();
  readonly #keyOf: (value: T) => string;

  /** @param keyOf equal for values that are equal, and only for them */
  constructor(keyOf: (value: T) => string) {
    this.#keyOf = keyOf;
  }

  /** The first value that was equal to this one. */
  same(value: T): T {
    const key = this.#keyOf(value);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size < MOST) this.#known.set(key, value);
    return value;
  }
}
