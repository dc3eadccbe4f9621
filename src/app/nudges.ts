import { standsPinned } from '../core/claims/standing.ts';
import type { Scope } from '../core/facts.ts';
import { CLAIM_ANNOTATION, REPAIRED_ANNOTATION } from '../core/metallb/annotations.ts';
import { ipRequestOf } from '../core/metallb/request.ts';
import { wishAtCreate } from '../core/repair/pin-at-create.ts';
import { isPinInVain } from '../core/repair/pin-in-vain.ts';
import { waitsInVain } from '../core/repair/waits-in-vain.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { ClusterState } from './cluster-state.ts';
import { pinAnnotations } from './pin-prefix.ts';
import type { Clock, ServiceWriter } from './ports.ts';
import { Slots } from './slots.ts';

/** What {@link Nudges} works with. */
export interface NudgeParts {
  readonly state: ClusterState;
  readonly writer: ServiceWriter;
  readonly clock: Clock;
  readonly scope: Scope;
  /** Hears of a nudge that could not be written; it is tried again. */
  readonly onFailure: (service: ServiceView, error: unknown) => void;
}

/** A version of a pending Service, and since when (epoch ms) it is that one. */
interface Untouched {
  readonly version: number;
  readonly since: number;
}

/** At a time: an API server that is slow is not helped by hundreds of writes that can wait. */
const MOST_TOUCHES = 8;
const FIRST_MS = 3_000;
const LONGEST_MS = 300_000;
/** MetalLB writes about 20 statuses a second: a Service that waits in its queue is not forgotten. */
const FORGOTTEN_AFTER_MS = 60_000;
/** A pin or a request that MetalLB does not honour for so long, however often it is reminded, will not be. */
const HOPELESS_AFTER_MS = 600_000;

/**
 * Wakes MetalLB up. A Service stays pending when MetalLB, in its memory, had given the IP to another one; once that was
 * redirected the IP is free, but MetalLB (0.13–0.16) tries a pending Service again only after an event of its own. So its
 * annotation is touched, at growing intervals, until it has what it could have. A pin that comes to nothing all the same
 * stands in the way of MetalLB's memory, which no refusal or repair can change: in the end the pin gives way, and at once
 * when it cannot be honoured at all. A request that comes to nothing does so because MetalLB keeps the IP for another
 * Service that waits: that one is touched as well.
 */
export class Nudges {
  readonly #parts: NudgeParts;
  /** Services that wait: since when they have not changed, epoch ms. */
  #pending = new Map<string, Untouched>();
  /** When a Service was touched for the first time, epoch ms. */
  readonly #since = new Map<string, number>();
  readonly #slots = new Slots(MOST_TOUCHES);
  readonly #waiting = new Map<string, { readonly timer: NodeJS.Timeout; readonly waitMs: number }>();

  constructor(parts: NudgeParts) {
    this.#parts = parts;
  }

  /** This Service may need one soon. Nothing happens if it has its IP by then. */
  expect(uid: string): void {
    if (!this.#waiting.has(uid)) this.#schedule(uid, FIRST_MS);
  }

  /** Takes the pin of a pending Service away: it stands in MetalLB's way (see StuckPins). @returns false when that failed */
  async unpin(uid: string): Promise<boolean> {
    const { state, writer, onFailure } = this.#parts;
    const service = state.ledger.find(uid);
    if (service === undefined || service === 'gone' || !standsPinned(service)) return true;
    const removed = pinAnnotations({ kind: 'remove' }, service.annotations, 'metallb.io');
    // By this one a claim made at CREATE finds its Service until it is bound, and so is seen to be of no use any more.
    const keys = Object.keys(removed).filter((key) => key !== CLAIM_ANNOTATION);
    const nulls = Object.fromEntries(keys.map((key) => [key, null]));
    return writer.annotate(service.ref, nulls, service.version).then(
      () => true,
      (error: unknown) => {
        onFailure(service, error);
        return false;
      },
    );
  }

  /** Looks for Services that have waited, untouched, for a minute. Cheap enough for every few seconds. */
  look(): void {
    const now = this.#parts.clock.now();
    const pending = new Map<string, Untouched>();
    for (const service of this.#parts.state.ledger.services()) {
      if (!this.#waits(service)) continue;
      const { uid } = service.ref;
      const known = this.#pending.get(uid);
      const since = known?.version === service.version ? known.since : now;
      pending.set(uid, { version: service.version, since });
      if (since + FORGOTTEN_AFTER_MS <= now) this.expect(uid);
    }
    this.#pending = pending;
  }

  /**
   * Touches a Service that waits, or takes away its pin when nothing else has helped.
   * @param waitMs what was touched (by whom ever) less than half of this ago is left alone. @returns whether it waits
   */
  async nudge(uid: string, waitMs: number): Promise<boolean> {
    const { state, clock } = this.#parts;
    const service = state.ledger.find(uid);
    if (service === undefined || service === 'gone' || !this.#waits(service)) {
      this.#since.delete(uid);
      return false;
    }
    const now = clock.now();
    const since = this.#since.get(uid) ?? now;
    this.#since.set(uid, since);
    const hopeless = now >= since + HOPELESS_AFTER_MS;
    if (standsPinned(service) && (hopeless || isPinInVain(service, { ledger: state.ledger, pools: state.pools })))
      await this.unpin(uid);
    else await this.#touch(service, now, waitMs);
    if (hopeless && ipRequestOf(service).kind === 'ips') await this.#touchRivals(now, waitMs);
    return true;
  }

  stop(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #waits(service: ServiceView): boolean {
    const { state, clock, scope } = this.#parts;
    const now = clock.now();
    const { ownership, pools } = state;
    return waitsInVain(service, { ownership, pools, scope, now, choose: (wish) => state.choose(wish, now) });
  }

  #schedule(uid: string, waitMs: number): void {
    const timer = setTimeout(() => void this.#due(uid, waitMs), waitMs * (1 + Math.random() / 2));
    timer.unref();
    this.#waiting.set(uid, { timer, waitMs });
  }

  async #due(uid: string, waitMs: number): Promise<void> {
    this.#waiting.delete(uid);
    // Scheduled before anything is awaited: whoever expects it meanwhile adds no second timer.
    this.#schedule(uid, Math.min(waitMs * 2, LONGEST_MS));
    if (await this.nudge(uid, waitMs)) return;
    clearTimeout(this.#waiting.get(uid)?.timer);
    this.#waiting.delete(uid);
  }

  /**
   * Touches all that wait for any IP. MetalLB's memory has one of them down for the requested IP, which was not its own to
   * take when MetalLB offered it; offered again it is free, and a request reserves nothing (docs/adr/0019).
   */
  async #touchRivals(now: number, waitMs: number): Promise<void> {
    const { state, scope } = this.#parts;
    const { ownership, pools } = state;
    const rivals = [...state.ledger.services()].filter(
      (service) =>
        service.assigned.length === 0 &&
        !service.deleting &&
        wishAtCreate({ service, primaryFamily: ownership.ledger.primaryFamily, pools, scope }) !== undefined,
    );
    for (const rival of rivals) await this.#touch(rival, now, waitMs);
  }

  /** @param waitMs what was touched, by whom ever, less than half of this ago is left alone */
  async #touch(service: ServiceView, now: number, waitMs: number): Promise<void> {
    const { writer, onFailure } = this.#parts;
    const last = Date.parse(service.annotations[REPAIRED_ANNOTATION] ?? '') || 0;
    if (now < last + waitMs / 2) return;
    await this.#slots.take();
    await writer
      .annotate(service.ref, { [REPAIRED_ANNOTATION]: new Date(now).toISOString() })
      .catch((error: unknown) => onFailure(service, error))
      .finally(() => this.#slots.give());
  }
}
