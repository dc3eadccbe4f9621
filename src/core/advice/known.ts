import type { Choice, Wish } from '../allocator/allocator.ts';
import type { Ownership } from '../claims/ownership.ts';
import type { Pools } from '../metallb/pool.ts';
import type { ServiceView } from '../service-view.ts';

/** What is known of the cluster when somebody edits a Service. */
export interface Surroundings {
  readonly ownership: Ownership;
  readonly pools: Pools;
  readonly choose: (wish: Wish) => Choice | undefined;
  /** Epoch ms. */
  readonly now: number;
}

/** What a user does to a Service. */
export interface Edit {
  /** Undefined at CREATE. */
  readonly was: ServiceView | undefined;
  readonly becomes: ServiceView;
}
