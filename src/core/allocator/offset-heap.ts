/** A min-heap of numbers in which each number stands at most once. */
export class OffsetHeap {
  readonly #heap: number[] = [];
  readonly #members = new Set<number>();

  /** The smallest number; undefined when empty. */
  peek(): number | undefined {
    return this.#heap[0];
  }

  /** Adds a number; nothing happens when it is there already. */
  push(value: number): void {
    if (this.#members.has(value)) return;
    this.#members.add(value);
    this.#heap.push(value);
    this.#rise(this.#heap.length - 1);
  }

  /** Takes the smallest number out. */
  pop(): number | undefined {
    const least = this.#heap[0];
    const last = this.#heap.pop();
    if (least === undefined || last === undefined) return undefined;
    this.#members.delete(least);
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#sink();
    }
    return least;
  }

  #rise(start: number): void {
    for (let child = start; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (this.#value(parent) <= this.#value(child)) return;
      this.#swap(parent, child);
      child = parent;
    }
  }

  #sink(): void {
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      const child = this.#value(left + 1) < this.#value(left) ? left + 1 : left;
      if (this.#value(parent) <= this.#value(child)) return;
      this.#swap(parent, child);
      parent = child;
    }
  }

  /** Past the end everything is larger than any member. */
  #value(at: number): number {
    return this.#heap[at] ?? Number.POSITIVE_INFINITY;
  }

  #swap(one: number, other: number): void {
    const value = this.#value(one);
    this.#heap[one] = this.#value(other);
    this.#heap[other] = value;
  }
}
