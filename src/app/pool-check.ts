import { holdsIp, isAvoided, poolAdmits, poolOf } from '../core/metallb/pool.ts';
import type { IpAddress } from '../core/net/ip.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { ClusterState } from './cluster-state.ts';
import type { PoolReader } from './ports.ts';

/** What a {@link PoolCheck} works with. */
export interface PoolCheckParts {
  readonly state: ClusterState;
  readonly reader: PoolReader;
  /** Hears of a pool that could not be read. */
  readonly onFailure: (name: string, error: unknown) => void;
}

/**
 * Asks the API server whether a pool still has an IP that holdfast is about to choose. The watch of pools may be behind: an
 * IP of a part that was just taken out would have to be given up a moment later.
 */
export class PoolCheck {
  readonly #parts: PoolCheckParts;

  constructor(parts: PoolCheckParts) {
    this.#parts = parts;
  }

  /**
   * False when the pool that had `ip` is gone, lacks it now, or does not admit the Service any more; the cache knows that
   * as well then. A pool that cannot be read is believed to be as the cache has it.
   */
  async stillGives(ip: IpAddress, service: ServiceView): Promise<boolean> {
    const { state, reader, onFailure } = this.#parts;
    const { pools } = state;
    const home = poolOf(pools, ip);
    if (home === undefined || pools.kind === 'unknown') return true;
    const found = await reader.read(home.name).catch((error: unknown) => {
      onFailure(home.name, error);
      return home;
    });
    if (found === home) return true;
    if (found === 'gone') {
      state.removePool(home.name);
      return false;
    }
    if (holdsIp(found, ip) && !isAvoided(found, ip) && poolAdmits(found, service, pools.namespaces)) return true;
    state.putPool(found);
    return false;
  }
}
