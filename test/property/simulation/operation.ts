import type { StepKind } from './scheduler.ts';

/** One thing that happens to the cluster. Names and IPs are indices, so that every list of operations makes sense. */
export type Operation =
  | {
      readonly kind: 'create';
      readonly service: number;
      readonly key: number;
      readonly port: number;
      readonly request: number | undefined;
      readonly like: number | undefined;
      readonly fate: 'stored' | 'refused' | 'dry-run';
    }
  | { readonly kind: 'delete'; readonly service: number; readonly slowly: boolean }
  | { readonly kind: 'type'; readonly service: number; readonly type: 'LoadBalancer' | 'ClusterIP' }
  | { readonly kind: 'request'; readonly service: number; readonly ip: number | undefined }
  | { readonly kind: 'sharing'; readonly service: number; readonly key: number; readonly port: number }
  | { readonly kind: 'touch'; readonly service: number }
  | {
      readonly kind: 'status';
      readonly service: number;
      readonly ip: number | undefined;
      readonly metallb: boolean;
      readonly dryRun: boolean;
    }
  | { readonly kind: 'crash'; readonly replica: number; readonly restarts: boolean }
  | { readonly kind: 'cut'; readonly replica: number }
  | { readonly kind: 'repeat'; readonly replica: number; readonly events: number }
  | { readonly kind: 'fault'; readonly replica: number; readonly lost: boolean; readonly count: number }
  | { readonly kind: 'upkeep'; readonly replica: number }
  | { readonly kind: 'metallb'; readonly controller: number; readonly startup: 'cache-order' | 'assigned-first' }
  | { readonly kind: 'time'; readonly seconds: number }
  | { readonly kind: 'hold'; readonly what: StepKind; readonly steps: number };

/** What a run of the simulation is made of. */
export interface Scenario {
  /** Services that are there from the start; with an IP (by index) or pending. */
  readonly start: readonly { readonly ip: number | undefined; readonly key: number; readonly port: number }[];
  readonly pools: readonly number[];
  readonly replicas: number;
  readonly controllers: number;
  readonly stickyMs: number;
  readonly pin: 'create' | 'repair';
  readonly operations: readonly Operation[];
  /** Decide what happens next; see Scheduler. */
  readonly choices: readonly number[];
}
