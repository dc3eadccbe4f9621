import type { KubeClient, Query } from './kube-client.ts';
import type { WatchClock } from './watch-clock.ts';

/** Which object an event is about. */
export interface ObjectId {
  /** Empty for cluster-scoped objects. */
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** Where a complete list comes from. */
export interface ListedAt {
  /** Empty when `absent`. */
  readonly resourceVersion: string;
  /** The resource does not exist in this cluster (its CRD is not installed). */
  readonly absent: boolean;
}

/** How a watch is doing. `message` is a sentence for an operator. */
export type WatchState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'absent'; readonly message: string }
  | { readonly kind: 'forbidden'; readonly message: string }
  | { readonly kind: 'retrying'; readonly message: string }
  | { readonly kind: 'stopped' };

/** Hears what happens, in order. Its methods are synchronous; what they throw goes to `onHandlerError`. */
export interface WatchSink<T> {
  /** Everything there is; whatever was known and is not here is gone. After it the watch counts as synced. */
  replaced(items: readonly T[], at: ListedAt): void;
  upserted(item: T): void;
  /** Deleted, or changed so that `project` no longer wants it; may never have been known. */
  deleted(id: ObjectId): void;
  /** Called when the kind or the message changes, not for every attempt. */
  state(state: WatchState): void;
}

export interface WatchStatus {
  readonly label: string;
  readonly state: WatchState;
  /** A complete list was handed over at least once (or the resource is absent). */
  readonly synced: boolean;
  /** The last one seen; undefined before the first list and after a 410. */
  readonly resourceVersion: string | undefined;
  /** Epoch milliseconds of the last byte from the API server; staleness is now minus this. */
  readonly lastContactAt: number | undefined;
  readonly lists: number;
  readonly streams: number;
  readonly events: number;
  /** Exceptions of `project` and of the sink. */
  readonly handlerErrors: number;
}

/** All in milliseconds but `watchSeconds`. */
export interface WatchTiming {
  readonly pageSize: number;
  readonly listTimeoutMs: number;
  /** Until the head of the answer to a watch is there. */
  readonly openTimeoutMs: number;
  /** Longest silence; the API server sends a bookmark about every minute. */
  readonly silenceMs: number;
  /** The server ends a watch after a time between these two, so that replicas and load spread. */
  readonly watchSeconds: readonly [number, number];
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
  /** A stream that lived this long makes the next failure the first one again. */
  readonly healthyMs: number;
  /** How often to look for a resource that does not exist. */
  readonly absentPollMs: readonly [number, number];
}

export interface WatchOptions<T> {
  readonly client: KubeClient;
  /** Path of the collection, `/api/v1/services`. */
  readonly path: string;
  /** Further query parameters (labelSelector, fieldSelector). */
  readonly query?: Query;
  /** For messages and metrics: `services`. */
  readonly label: string;
  /** Keeps the few fields needed, or undefined when the object is of no interest. Must not keep `raw` itself. */
  readonly project: (raw: unknown) => T | undefined;
  readonly sink: WatchSink<T>;
  readonly onHandlerError?: (error: unknown, where: string) => void;
  readonly clock?: WatchClock;
  readonly timing?: Partial<WatchTiming>;
}

export interface SupervisedWatch {
  /** Resolves when nothing will be called any more. */
  stop(): Promise<void>;
  status(): WatchStatus;
}
