import type { ClusterState } from '../app/cluster-state.ts';
import type { Readiness } from '../app/readiness.ts';
import type { SupervisedWatch } from '../kube/watch-types.ts';

/** What {@link Upkeep} looks after. */
export interface UpkeepParts {
  /** The first one follows Services. */
  readonly watches: readonly SupervisedWatch[];
  readonly state: ClusterState;
  readonly readiness: Readiness;
}

const EVERY_MS = 5_000;
/**
 * Silence of the Services watch after which nothing is decided any more. The API server sends at least a bookmark a
 * minute, and the watch is cut and begun again after 90 s without one: longer silence means that the ledger is blind.
 */
const BLIND_AFTER_MS = 120_000;

/** Small periodic work of a replica: the end of reservations, the check for blindness. */
export class Upkeep {
  readonly #timer: NodeJS.Timeout;

  constructor({ watches, state, readiness }: UpkeepParts) {
    const [services] = watches;
    readiness.watchStaleness(() => blindness(services));
    this.#timer = setInterval(() => {
      // What was not seen up to the last sign of life may still come: a cut-off replica forgets no reservation.
      const seenUpTo = services?.status().lastContactAt;
      if (seenUpTo !== undefined) state.ledger.expire(seenUpTo);
    }, EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}

/**
 * By the wall clock, on purpose: a machine that was suspended is blind, and its monotonic clock stood still. A wall clock that
 * jumps ahead costs decisions until the next sign of life.
 */
function blindness(services: SupervisedWatch | undefined): string | undefined {
  const lastContactAt = services?.status().lastContactAt;
  if (lastContactAt === undefined) return undefined;
  const silentMs = Date.now() - lastContactAt;
  return silentMs < BLIND_AFTER_MS
    ? undefined
    : `news of Services (the API server has been silent for ${Math.round(silentMs / 1000)} s)`;
}
