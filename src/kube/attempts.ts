import { isKubeError } from './errors.ts';

/** More replicas than anybody runs would have to meet in the same object for this to be too few. */
const MAX_ATTEMPTS = 8;

/**
 * Runs read-decide-write again when another writer was in between (kinds `conflict` and `already-exists`, and
 * `not-found` when it was deleted meanwhile). No pause: the other writer has finished by then, and a fresh read shows it.
 * @throws what the last attempt threw
 */
export async function againOnConflict<T>(attempt: () => Promise<T>): Promise<T> {
  for (let left = MAX_ATTEMPTS - 1; ; left--) {
    try {
      return await attempt();
    } catch (error) {
      if (left === 0 || !isKubeError(error, 'conflict', 'already-exists', 'not-found')) throw error;
    }
  }
}
