import type { Counter } from 'prom-client';

/**
 * Counts by a short key what a counter is told only when somebody looks: prom-client checks and sorts the labels of every
 * single increment, which takes longer than a decision.
 */
export class Tally<Key extends string | number, Label extends string> {
  readonly #counter: Counter<Label>;
  readonly #counts = new Map<Key, { readonly labels: Readonly<Record<Label, string>>; times: number }>();

  constructor(counter: Counter<Label>) {
    this.#counter = counter;
  }

  /** @param labels always the same for the same key */
  add(key: Key, labels: Readonly<Record<Label, string>>): void {
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { labels, times: 1 });
    else known.times += 1;
  }

  /** Brings the counter up to date. */
  flush(): void {
    for (const count of this.#counts.values()) {
      if (count.times > 0) this.#counter.inc(count.labels, count.times);
      count.times = 0;
    }
  }
}
