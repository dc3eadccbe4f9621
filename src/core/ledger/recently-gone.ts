/** How many deleted Services are remembered. A uid is never used again, so forgetting only costs a live read. */
const REMEMBERED = 20_000;

/** The uids of Services that are gone, the latest ones. */
export class RecentlyGone {
  readonly #uids = new Set<string>();

  add(uid: string): void {
    this.#uids.add(uid);
    if (this.#uids.size <= REMEMBERED) return;
    for (const oldest of this.#uids) {
      this.#uids.delete(oldest);
      break;
    }
  }

  has(uid: string): boolean {
    return this.#uids.has(uid);
  }
}
