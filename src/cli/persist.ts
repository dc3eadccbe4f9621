import { isKubeError, KubeError } from '../kube/errors.ts';
import { explain } from '../kube/explain.ts';
import { RetryDelay } from '../kube/retry-delay.ts';
import { pause, systemClock } from '../kube/watch-clock.ts';
import type { Log } from '../telemetry/log.ts';

/** How {@link persist} speaks and when it gives up. */
export interface Persistence {
  readonly log: Log;
  readonly signal: AbortSignal;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 10_000;

/**
 * Tries something against the API server until it works: an API server that is down, or a role that is not there yet,
 * is a reason to wait and to say so, never to exit. @returns undefined when the signal came first
 * @param mayPass whether another failure is one to wait for as well
 * @throws whatever is neither
 */
export async function persist<T>(
  how: Persistence,
  what: string,
  attempt: () => Promise<T>,
  mayPass: (error: unknown) => boolean = () => false,
): Promise<T | undefined> {
  const { log, signal } = how;
  const delay = new RetryDelay({ clock: systemClock, baseMs: FIRST_RETRY_MS, maxMs: LONGEST_RETRY_MS });
  while (!signal.aborted) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof KubeError) && !mayPass(error)) throw error;
      const waitMs = delay.next();
      const level = isKubeError(error, 'conflict') ? 'info' : 'warn';
      log[level]({ what }, `waiting for ${what}: ${explain(error, waitMs)}`);
      await pause(systemClock, waitMs, signal);
    }
  }
  return undefined;
}
