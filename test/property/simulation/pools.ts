import type { Pool } from '../../../src/core/metallb/pool.ts';
import { poolToCore } from '../../../src/review/pool-to-core.ts';

/** A pool by its IPs, ascending. */
export interface PoolSpec {
  readonly name: string;
  readonly ips: readonly string[];
}

/** A pool of the first `size` IPs of 10.0.`third`.0/24, from .1 on. */
export function poolSpec(name: string, third: number, size: number): PoolSpec {
  return { name, ips: Array.from({ length: size }, (_, i) => `10.0.${third}.${i + 1}`) };
}

/** The same as holdfast sees it. */
export function corePool({ name, ips }: PoolSpec): Pool {
  return poolToCore({ metadata: { name }, spec: { addresses: [`${ips[0]}-${ips.at(-1)}`] } });
}
