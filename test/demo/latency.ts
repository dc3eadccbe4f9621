/** How long answers took, in milliseconds. */
export class Latency {
  readonly #ms: number[] = [];

  get count(): number {
    return this.#ms.length;
  }

  add(ms: number): void {
    this.#ms.push(ms);
  }

  /** The smallest value that this share of all does not exceed (nearest rank); 0.5 is the median. */
  quantile(share: number): string {
    const sorted = this.#ms.toSorted((one, other) => one - other);
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
    return `${value.toFixed(1)} ms`;
  }
}
