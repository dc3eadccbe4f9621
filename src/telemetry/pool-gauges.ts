import { Gauge, type Registry } from 'prom-client';
import type { PoolUse } from '../core/map/pool-use.ts';

/** So many pools have series of their own; the rest is summed up, so that a flood of pools is no flood of series. */
const MOST_POOLS = 200;
/** No pool can have this name: it is not a DNS label. */
const OTHERS = '_others';

/** What one series shows. Sizes become floating-point numbers here: an IPv6 range has more IPs than those can tell apart. */
interface Figures {
  readonly pool: string;
  readonly family: string;
  readonly size: number;
  readonly free: number;
  readonly taken: number;
  readonly sticky: number;
}

/** The gauges of pool use, by pool and family. */
export class PoolGauges {
  readonly #gauges: Readonly<Record<'size' | 'free' | 'taken' | 'sticky', Gauge<'pool' | 'family'>>>;

  constructor(registry: Registry) {
    const gauge = (what: string, help: string) =>
      new Gauge({
        name: `holdfast_pool_${what}_ips`,
        help: `${help} By pool and family; "${OTHERS}" sums up the pools beyond the first ${MOST_POOLS}.`,
        labelNames: ['pool', 'family'] as const,
        registers: [registry],
      });
    this.#gauges = {
      size: gauge('size', 'IPs that a pool can give out, without those that avoidBuggyIPs excludes.'),
      free: gauge('free', 'IPs of a pool that nobody has and nobody waits for.'),
      taken: gauge('taken', 'IPs of a pool that Services have or are promised.'),
      sticky: gauge('sticky', 'IPs of a pool that wait for a deleted Service to come back.'),
    };
  }

  set(uses: readonly PoolUse[]): void {
    for (const gauge of Object.values(this.#gauges)) gauge.reset();
    for (const { pool, family, ...figures } of bounded(uses)) {
      for (const what of ['size', 'free', 'taken', 'sticky'] as const) {
        this.#gauges[what].inc({ pool, family }, figures[what]);
      }
    }
  }
}

function bounded(uses: readonly PoolUse[]): readonly Figures[] {
  const names = [...new Set(uses.map(({ pool }) => pool))].sort();
  const own = new Set(names.slice(0, MOST_POOLS));
  return uses.map(({ pool, family, size, free, taken, states }) => ({
    pool: own.has(pool) ? pool : OTHERS,
    family,
    size: Number(size),
    free: Number(free),
    taken,
    sticky: states.sticky,
  }));
}
