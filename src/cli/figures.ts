import type { ClusterState } from '../app/cluster-state.ts';
import type { Clock } from '../app/ports.ts';
import type { Readiness } from '../app/readiness.ts';
import { mapPools } from '../core/map/pool-map.ts';
import { poolUse } from '../core/map/pool-use.ts';
import type { SupervisedWatch } from '../kube/watch-types.ts';
import { claimState } from '../review/claim-text.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Where the figures come from that are asked for before every scrape. */
export interface FigureSources {
  readonly state: ClusterState;
  readonly readiness: Readiness;
  readonly clock: Pick<Clock, 'now'>;
  readonly events: { readonly dropped: number };
  /** All that run at the moment. */
  readonly watches: () => readonly SupervisedWatch[];
}

/** Brings every gauge up to date before each scrape. */
export function showFigures(metrics: Metrics, { state, readiness, clock, events, watches }: FigureSources): void {
  metrics.beforeScrape(() => {
    const now = clock.now();
    metrics.ready(readiness.report().ready);
    metrics.ledger({ ips: state.ledger.ipCount, services: state.ledger.serviceCount });
    metrics.eventsDropped(events.dropped);
    for (const watch of watches()) showWatch(metrics, watch, now);
    showClaims(metrics, state);
    showPools(metrics, state, now);
  });
}

function showWatch(metrics: Metrics, watch: SupervisedWatch, now: number): void {
  const { label, lastContactAt, state, lists, streams } = watch.status();
  if (lastContactAt !== undefined) metrics.watchStaleness(label, (now - lastContactAt) / 1000);
  metrics.watchLive(label, state.kind === 'live' || state.kind === 'absent');
  const relisted = Math.max(0, lists - 1);
  metrics.watchRestarts(label, { relisted, resumed: Math.max(0, streams - 1 - relisted) });
}

function showClaims(metrics: Metrics, { book }: ClusterState): void {
  const states = { Held: 0, Shared: 0, Reserved: 0, Sticky: 0 };
  for (const { holders } of book.all()) states[claimState(holders)] += 1;
  metrics.claims(states);
}

function showPools(metrics: Metrics, { pools, ownership }: ClusterState, now: number): void {
  const map = mapPools(pools, ownership, now);
  const uses = map.pools.flatMap(poolUse);
  metrics.pools(uses);
  const outside = map.outside.filter(({ state }) => state === 'conflict').length;
  metrics.conflicts(outside + uses.reduce((sum, { states }) => sum + states.conflict, 0));
}
