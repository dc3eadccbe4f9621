import type { MissingPool, Pool } from '../core/metallb/pool.ts';

/** How long a reinstall of MetalLB may take. Milliseconds. */
export const BACK_WITHIN_MS = 3_600_000;

/**
 * Pools that vanished without being let go. Nobody can delete a pool whose IPs are in use: that is refused. But when the CRD
 * is deleted, as a reinstall of MetalLB does, the API server removes its objects without asking any webhook, one after the
 * other. MetalLB would move every IP to a pool that is still there, or there again. So such a pool counts as missing for a
 * while, and its IPs have no reason to move.
 */
export class MissingPools {
  readonly #missing = new Map<string, MissingPool>();

  /** A pool is gone. @param now epoch ms */
  vanished(pool: Pool, now: number): void {
    const isLetGo = now < (pool.mayStrandUntil ?? 0);
    if (isLetGo) this.#missing.delete(pool.name);
    else this.#missing.set(pool.name, { pool, until: now + BACK_WITHIN_MS });
  }

  /** It is there again, as it was or not: what it says now counts. */
  cameBack(name: string): void {
    this.#missing.delete(name);
  }

  /** A complete list came. */
  replaced(before: readonly Pool[], after: readonly Pool[], now: number): void {
    const listed = new Set(after.map(({ name }) => name));
    for (const pool of before) if (!listed.has(pool.name)) this.vanished(pool, now);
    for (const name of listed) this.cameBack(name);
  }

  /** As {@link Pools} has them. */
  all(): { readonly missing?: readonly MissingPool[] } {
    return this.#missing.size === 0 ? {} : { missing: [...this.#missing.values()] };
  }
}
