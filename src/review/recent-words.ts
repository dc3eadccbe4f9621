/** Words of one generation. Labels that are different for every Service push common ones out only when they are this many. */
const MOST = 4_000;

/**
 * Gives a word that came lately back as one and the same string, so that the label values which many Services have are
 * kept once. Remembers two generations: a word that is used again stays, one that was unique is forgotten.
 */
export class RecentWords {
  #young = new Map<string, string>();
  #old = new Map<string, string>();

  /** The string that was equal to this one, when it came lately. */
  same(word: string): string {
    const known = this.#young.get(word);
    if (known !== undefined) return known;
    const kept = this.#old.get(word) ?? word;
    if (this.#young.size === MOST) [this.#old, this.#young] = [this.#young, new Map()];
    this.#young.set(kept, kept);
    return kept;
  }
}
