import { clusterPicture } from '../app/cluster-picture.ts';
import type { ClusterState } from '../app/cluster-state.ts';
import type { DecisionFeed } from '../app/decision-feed.ts';
import type { ServiceMode } from '../app/mode.ts';
import type { Readiness } from '../app/readiness.ts';
import type { PageSource } from '../http/page-routes.ts';

/** What the page is made of. */
export interface PageParts {
  readonly version: string;
  readonly mode: ServiceMode;
  readonly state: ClusterState;
  readonly readiness: Readiness;
  readonly feed: DecisionFeed;
  /** Ends the streams of decisions. */
  readonly signal: AbortSignal;
}

/** What the page shows; asked anew whenever somebody looks. */
export function pageSource({ version, mode, state, readiness, feed, signal }: PageParts): PageSource {
  return {
    state: () => ({ version, mode, ...readiness.report(), ...clusterPicture(state, Date.now()) }),
    feed,
    signal,
  };
}
