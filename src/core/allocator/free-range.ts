import type { Family, IpAddress } from '../net/ip.ts';
import type { IpRange } from '../net/ip-range.ts';
import { blockOf, type IpBlock } from './ip-block.ts';
import type { Occupancy } from './occupancy.ts';
import { OffsetHeap } from './offset-heap.ts';

/** An IP of a range, and how far it is from the range's first. */
export interface Candidate {
  readonly offset: number;
  readonly ip: IpAddress;
}

/** What makes an IP of a range unfit for the moment. */
export interface Taken {
  readonly occupancy: Occupancy;
  readonly avoid: ReadonlySet<IpAddress>;
}

/**
 * Finds the lowest free IP of a range without looking at the taken ones again and again. Everything below the frontier
 * is taken, or excluded for good, or waits in the heap; the frontier only advances. An IP in the heap may have been
 * taken since: that shows when it is looked at, and its next release brings it back. So memory and work follow the
 * number of IPs in use, never the size of the range.
 */
export class FreeRange {
  readonly family: Family;
  readonly #block: IpBlock;
  readonly #excluded: (ip: IpAddress) => boolean;
  readonly #freed = new OffsetHeap();
  #frontier = 0;

  /** @param excluded IPs that are never given out, whoever asks (avoidBuggyIPs) */
  constructor(range: IpRange, excluded: (ip: IpAddress) => boolean) {
    this.family = range.family;
    this.#block = blockOf(range);
    this.#excluded = excluded;
  }

  /** The lowest free IP. It stays free: only the occupancy says what is taken. */
  lowestFree(taken: Taken): Candidate | undefined {
    return this.#amongFreed(taken) ?? this.#beyondFrontier(taken);
  }

  /** Where an IP of the same family stands in this range; undefined when it is elsewhere or excluded. */
  candidate(ip: IpAddress): Candidate | undefined {
    const offset = this.#block.offsetOf(ip);
    return offset === undefined || this.#excluded(ip) ? undefined : { offset, ip };
  }

  /** An IP of the same family stopped being taken. */
  freed(ip: IpAddress): void {
    const offset = this.candidate(ip)?.offset;
    if (offset !== undefined && offset < this.#frontier) this.#freed.push(offset);
  }

  #amongFreed({ occupancy, avoid }: Taken): Candidate | undefined {
    const passedOver: number[] = [];
    let found: Candidate | undefined;
    for (let offset = this.#freed.peek(); offset !== undefined && found === undefined; offset = this.#freed.peek()) {
      const ip = this.#block.at(offset);
      const free = !occupancy.isTaken(ip);
      if (free && !avoid.has(ip)) found = { offset, ip };
      else this.#freed.pop();
      if (free && found === undefined) passedOver.push(offset);
    }
    for (const offset of passedOver) this.#freed.push(offset);
    return found;
  }

  #beyondFrontier({ occupancy, avoid }: Taken): Candidate | undefined {
    for (; this.#frontier < this.#block.size; this.#frontier += 1) {
      const ip = this.#block.at(this.#frontier);
      if (this.#excluded(ip) || occupancy.isTaken(ip)) continue;
      if (!avoid.has(ip)) return { offset: this.#frontier, ip };
      this.#freed.push(this.#frontier);
    }
    return undefined;
  }
}
