import { Allocator, type Choice, type Occupancy, type Wish } from '../../src/core/allocator/allocator.ts';
import { wantedFamilies } from '../../src/core/allocator/families.ts';
import type { Pools } from '../../src/core/metallb/pool.ts';
import { ipRequestOf, poolRequestOf } from '../../src/core/metallb/request.ts';
import { mayShare } from '../../src/core/metallb/sharing.ts';
import type { Family } from '../../src/core/net/ip.ts';
import type { ServiceView } from '../../src/core/service-view.ts';
import type { MetallbVersion } from '../control-plane/versions.ts';
import { prefersLoosely } from './dialect.ts';

/** The cluster at one instant, in the words of the core. */
export interface Instant {
  readonly pools: Pools;
  /** All Services but the one that is asked for. */
  readonly others: readonly ServiceView[];
  readonly version: MetallbVersion;
}

/**
 * Every answer our allocator gives, once for each pool put first among its equals: MetalLB breaks ties by chance, ours
 * by name. Only for Services that request no IP.
 * @param families default: what the Service is to have; MetalLB adds a second family in the pool of the first
 */
export function choicesFor(service: ServiceView, at: Instant, only?: { families: readonly Family[]; pool: string }) {
  const wanted = wantedFamilies(service, { primary: 'IPv4', dualStack: true });
  const request = ipRequestOf(service);
  if (wanted === undefined || request.kind === 'ips' || request.kind === 'invalid' || at.pools.kind === 'unknown')
    return [];
  const pool = only?.pool ?? poolRequestOf(service);
  const wish: Wish = {
    service,
    families: only?.families ?? wanted.families,
    preferDualStack: only === undefined && wanted.preferDualStack && prefersLoosely(at.version),
    ...(pool === undefined ? {} : { pool }),
  };
  return at.pools.pools.flatMap(({ name }) => choiceWith(name, wish, at) ?? []);
}

/** `first` is renamed so that it goes before all pools of the same rank. */
function choiceWith(first: string, wish: Wish, at: Instant): Choice | undefined {
  if (at.pools.kind === 'unknown') return undefined;
  const renamed = (name: string) => (name === first ? `!${name}` : name);
  const pools = at.pools.pools.map((pool) => ({ ...pool, name: renamed(pool.name) }));
  const allocator = new Allocator(occupancyOf(at.others));
  allocator.setPools({ ...at.pools, pools });
  const choice = allocator.choose(wish.pool === undefined ? wish : { ...wish, pool: renamed(wish.pool) });
  return choice && { ...choice, pool: choice.pool.replace(/^!/, '') };
}

function occupancyOf(views: readonly ServiceView[]): Occupancy {
  return {
    isTaken: (ip) => views.some(({ assigned }) => assigned.includes(ip)),
    sharedUnder: (key) => views.filter(({ sharing }) => sharing.key === key).flatMap(({ assigned }) => assigned),
    mayJoin: (ip, { sharing }) =>
      views.filter(({ assigned }) => assigned.includes(ip)).every((other) => mayShare(other.sharing, sharing)),
  };
}
