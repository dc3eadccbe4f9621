import { standsPinned } from '../core/claims/standing.ts';
import { REPAIRED_ANNOTATION } from '../core/metallb/annotations.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { ClusterState } from './cluster-state.ts';
import { pinAnnotations } from './pin-prefix.ts';
import type { Clock, ServiceWriter } from './ports.ts';

/** What {@link Nudges} works with. */
export interface NudgeParts {
  readonly state: ClusterState;
  readonly writer: ServiceWriter;
  readonly clock: Clock;
  /** Hears of a nudge that could not be written; it is tried again. */
  readonly onFailure: (service: ServiceView, error: unknown) => void;
}

/** A version of a pending Service, and since when (epoch ms) it is that one. */
interface Untouched {
  readonly version: number;
  readonly since: number;
}

const FIRST_MS = 3_000;
const LONGEST_MS = 300_000;
/** MetalLB writes about 20 statuses a second: a Service that waits in its queue is not forgotten. */
const FORGOTTEN_AFTER_MS = 60_000;

/**
 * Wakes MetalLB up. A pinned Service stays pending when MetalLB, in its memory, had given the IP to another Service; once
 * that one was redirected the IP is free, but MetalLB (0.13–0.16) tries a pending Service again only after an event of
 * its own. So its annotation is touched, at growing intervals, until it has its IP.
 */
export class Nudges {
  readonly #parts: NudgeParts;
  /** Pinned Services that are pending: since when they have not changed, epoch ms. */
  #pending = new Map<string, Untouched>();
  readonly #waiting = new Map<string, { readonly timer: NodeJS.Timeout; readonly waitMs: number }>();

  constructor(parts: NudgeParts) {
    this.#parts = parts;
  }

  /** This Service may need one soon. Nothing happens if it has its IP by then. */
  expect(uid: string): void {
    if (!this.#waiting.has(uid)) this.#schedule(uid, FIRST_MS);
  }

  /** Takes the pin of a pending Service away: it stands in MetalLB's way (see StuckPins). */
  async unpin(uid: string): Promise<void> {
    const { state, writer, onFailure } = this.#parts;
    const service = state.ledger.find(uid);
    if (service === undefined || service === 'gone' || !standsPinned(service)) return;
    const removed = pinAnnotations({ kind: 'remove' }, service.annotations, 'metallb.io');
    const nulls = Object.fromEntries(Object.keys(removed).map((key) => [key, null]));
    await writer.annotate(service.ref, nulls, service.version).catch((error: unknown) => onFailure(service, error));
  }

  /** Looks for pinned Services that have been pending, untouched, for a minute. Cheap enough for every few seconds. */
  look(): void {
    const now = this.#parts.clock.now();
    const pending = new Map<string, Untouched>();
    for (const service of this.#parts.state.ledger.services()) {
      if (!standsPinned(service)) continue;
      const { uid } = service.ref;
      const known = this.#pending.get(uid);
      const since = known?.version === service.version ? known.since : now;
      pending.set(uid, { version: service.version, since });
      if (since + FORGOTTEN_AFTER_MS <= now) this.expect(uid);
    }
    this.#pending = pending;
  }

  stop(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }

  #schedule(uid: string, waitMs: number): void {
    const timer = setTimeout(() => void this.#due(uid, waitMs), waitMs * (1 + Math.random() / 2));
    timer.unref();
    this.#waiting.set(uid, { timer, waitMs });
  }

  async #due(uid: string, waitMs: number): Promise<void> {
    const { state, writer, clock, onFailure } = this.#parts;
    const service = state.ledger.find(uid);
    this.#waiting.delete(uid);
    if (service === undefined || service === 'gone' || !standsPinned(service)) return;
    this.#schedule(uid, Math.min(waitMs * 2, LONGEST_MS));
    const last = Date.parse(service.annotations[REPAIRED_ANNOTATION] ?? '') || 0;
    if (clock.now() < last + waitMs / 2) return;
    await writer
      .annotate(service.ref, { [REPAIRED_ANNOTATION]: new Date(clock.now()).toISOString() })
      .catch((error: unknown) => onFailure(service, error));
  }
}
