import type { Pool, Pools } from '../../src/core/metallb/pool.ts';
import type { JsonObject } from '../../src/review/json.ts';
import { poolToCore } from '../../src/review/pool-to-core.ts';

/** An IPAddressPool named `name`, with `addresses` and any further fields of its spec. */
export function pool(name: string, addresses: readonly string[], more: JsonObject = {}): Pool {
  return poolToCore({ metadata: { name }, spec: { addresses, ...more } });
}

/** Known pools, and the labels of the namespaces that matter. */
export function pools(
  made: readonly Pool[],
  namespaces: Readonly<Record<string, Record<string, string>>> = {},
): Extract<Pools, { kind: 'known' }> {
  return { kind: 'known', pools: made, namespaces: new Map(Object.entries({ default: {}, ...namespaces })) };
}
