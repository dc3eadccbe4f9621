import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of garbage that a list may leave behind. */
const MOST_GARBAGE = 32 * 1024 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
/** After the last page, when its objects have found their place. */
const REST_MS = 2_000;

/**
 * Collects garbage while a long list is read. Of a page of Services almost nothing is kept; left to itself V8 lets such
 * garbage grow to several times of what is kept, and a replica would need most memory in its first seconds.
 */
export class HeapRelief {
  #kept = 0;
  #rest: NodeJS.Timeout | undefined;

  /** A page was taken in. Cheap, unless there is much to collect. */
  afterPage(): void {
    this.#collect();
    if (this.#rest !== undefined) return;
    this.#rest = setTimeout(() => {
      this.#rest = undefined;
      this.#collect();
    }, REST_MS);
    this.#rest.unref();
  }

  #collect(): void {
    if (used() - this.#kept < MOST_GARBAGE) return;
    collectGarbage();
    this.#kept = used();
  }
}

function used(): number {
  return getHeapStatistics().used_heap_size;
}
