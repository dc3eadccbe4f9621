import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of garbage that a list may leave behind. */
const MOST_GARBAGE = 32 * 1024 * 1024;
/** Closes the gaps as well, and gives the memory back. */
const THOROUGHLY = { type: 'major', execution: 'sync', flavor: 'last-resort' } as const;

setFlagsFromString('--expose-gc');

/** The heap of V8, so far as it is looked after. */
export interface Heap {
  /** Bytes in use, garbage included. */
  readonly used: () => number;
  readonly collect: (how?: typeof THOROUGHLY) => void;
}

const REAL: Heap = {
  used: () => getHeapStatistics().used_heap_size,
  collect: runInNewContext('gc') as Heap['collect'],
};

/**
 * Collects garbage while a long list is read, and thoroughly at its end. Left to itself V8 lets the garbage of a list grow
 * to several times of what is kept, and keeps the gaps that it leaves. A replica that starts is not ready by then.
 */
export class HeapRelief {
  readonly #heap: Heap;
  #kept = 0;
  /** Lists that are being read, with the pages each has had. */
  readonly #reading = new Map<object, number>();

  constructor(heap: Heap = REAL) {
    this.#heap = heap;
  }

  /** A page of `list` was taken in. Cheap, unless there is much to collect. */
  afterPage(list: object): void {
    this.#reading.set(list, (this.#reading.get(list) ?? 0) + 1);
    if (this.#heap.used() - this.#kept >= MOST_GARBAGE) this.#collect();
  }

  /**
   * `list` was taken over. Holds everything up, about half a second with 100,000 Services; a short one is not worth it, and
   * of several long ones at a time the last does it for all.
   */
  afterList(list: object): void {
    const isLong = (this.#reading.get(list) ?? 0) > 1;
    this.done(list);
    if (isLong && ![...this.#reading.values()].some((pages) => pages > 1)) this.#collect(THOROUGHLY);
  }

  /** `list` is read no more, whole or not. */
  done(list: object): void {
    this.#reading.delete(list);
  }

  #collect(how?: typeof THOROUGHLY): void {
    this.#heap.collect(how);
    this.#kept = this.#heap.used();
  }
}
