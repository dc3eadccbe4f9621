import type { Choice, Wish } from '../allocator/allocator.ts';
import { isAvoided, type Pool, type Pools, poolAdmits, poolOf } from '../metallb/pool.ts';
import { type Family, familyOf, type IpAddress } from '../net/ip.ts';
import type { Ownership } from './ownership.ts';

type KnownPools = Extract<Pools, { kind: 'known' }>;

/** An IP that only waits for a name. */
interface Waiting {
  readonly ip: IpAddress;
  readonly family: Family;
  /** Epoch ms; later than everything when the claim does not say so yet. */
  readonly goneSince: number;
}

/** The IPs of one pool that wait, those that have waited longest first. */
interface Queue {
  readonly pool: Pool;
  waiting: readonly Waiting[];
}

/** What the queues were made from. */
interface Made {
  readonly at: number;
  readonly pools: KnownPools;
  readonly changes: number;
}

/**
 * So long (ms) the queues are used. Each of their IPs is looked at again before it is given; one that has been let go
 * since then comes after them, however long ago its name was left.
 */
const GOOD_FOR_MS = 1_000;

/**
 * When a pool has nothing free left, the sticky IP that has waited longest is given up. Finding them means to look at
 * every claim, and in an exhausted pool everybody asks: so what was found is kept for a moment.
 */
export class StickyIps {
  readonly #ownership: Ownership;
  #queues: readonly Queue[] = [];
  #made: Made | undefined;

  constructor(ownership: Ownership) {
    this.#ownership = ownership;
  }

  /**
   * The IPs of one pool, one for each family that is wished for; undefined when no pool has them.
   * @param now epoch ms
   */
  oldest(wish: Wish, pools: Pools, now: number): Choice | undefined {
    if (pools.kind === 'unknown') return undefined;
    const made = this.#made;
    const isOld = made === undefined || made.pools !== pools || now - made.at >= GOOD_FOR_MS || now < made.at;
    if (isOld) this.#make(pools, now);
    const found = this.#find(wish, pools, now);
    // One that began to wait since then comes after all others, but it is better than none.
    if (found !== undefined || isOld || made.changes === this.#changes) return found;
    this.#make(pools, now);
    return this.#find(wish, pools, now);
  }

  get #changes(): number {
    const { ledger, book } = this.#ownership;
    return ledger.changes + book.changes;
  }

  #make(pools: KnownPools, now: number): void {
    const byPool = new Map<Pool, Waiting[]>();
    for (const { ip } of this.#ownership.book.all()) {
      const goneSince = this.#waitsSince(ip, now);
      const pool = goneSince === undefined ? undefined : poolOf(pools, ip);
      if (goneSince === undefined || pool === undefined || isAvoided(pool, ip)) continue;
      const queue = byPool.get(pool) ?? [];
      if (queue.length === 0) byPool.set(pool, queue);
      queue.push({ ip, family: familyOf(ip), goneSince });
    }
    this.#queues = [...byPool].map(([pool, waiting]) => ({ pool, waiting: waiting.sort(byAge) }));
    this.#made = { at: now, pools, changes: this.#changes };
  }

  #find({ service, pool: wanted, avoid, families }: Wish, { namespaces }: KnownPools, now: number): Choice | undefined {
    let best: { readonly since: number; readonly choice: Choice } | undefined;
    for (const queue of this.#queues) {
      const { pool } = queue;
      if (wanted === undefined ? !pool.autoAssign : pool.name !== wanted) continue;
      if (!poolAdmits(pool, service, namespaces)) continue;
      const first = this.#firstOf(queue, avoid, now, () => true);
      if (first === undefined || (best !== undefined && best.since <= first.goneSince)) continue;
      const ips = families.map((family) => this.#firstOf(queue, avoid, now, (one) => one.family === family)?.ip);
      if (ips.every((ip) => ip !== undefined)) best = { since: first.goneSince, choice: { pool: pool.name, ips } };
    }
    return best?.choice;
  }

  /** The first that still waits; those that do not any more are taken out. */
  #firstOf(
    queue: Queue,
    avoid: ReadonlySet<IpAddress> | undefined,
    now: number,
    isWanted: (one: Waiting) => boolean,
  ): Waiting | undefined {
    const over = new Set<Waiting>();
    const found = queue.waiting.find((one) => {
      if (avoid?.has(one.ip) === true || !isWanted(one)) return false;
      const stillWaits = this.#waitsSince(one.ip, now) === one.goneSince;
      if (!stillWaits) over.add(one);
      return stillWaits;
    });
    if (over.size > 0) queue.waiting = queue.waiting.filter((one) => !over.has(one));
    return found;
  }

  /** Since when the IP only waits for names; undefined when somebody has it, is to get it, or asks for it. */
  #waitsSince(ip: IpAddress, now: number): number | undefined {
    const { ledger, book } = this.#ownership;
    const claim = book.get(ip);
    if (claim === undefined || ledger.has(ip) || ledger.isRequested(ip)) return undefined;
    const judged = this.#ownership.judge(claim, now);
    if (!judged.every(({ standing }) => standing === 'sticky')) return undefined;
    return Math.max(...judged.map(({ holder }) => holder.goneSince ?? Number.POSITIVE_INFINITY));
  }
}

function byAge(one: Waiting, other: Waiting): number {
  return one.goneSince === other.goneSince ? 0 : one.goneSince - other.goneSince;
}
