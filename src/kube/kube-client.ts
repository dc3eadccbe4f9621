export type Query = Readonly<Record<string, string>>;

export interface CallOptions {
  readonly query?: Query;
  /** Until the whole answer is there, in milliseconds (default the client's, 10 s). */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface DeleteOptions extends CallOptions {
  /** Delete only this very object (kind `conflict` otherwise). */
  readonly uid?: string;
  /** Delete only when nobody changed it since (kind `conflict` otherwise). */
  readonly resourceVersion?: string;
}

export interface ListOptions extends CallOptions {
  /** Items per page (default 500). */
  readonly pageSize?: number;
}

/** The items in their order; all pages of one list are of one resourceVersion. */
export interface ListPage<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

/** `json`: RFC 6902. `merge`: RFC 7386. `apply`: server-side apply. */
export type Patch =
  | { readonly kind: 'json'; readonly operations: readonly unknown[] }
  | { readonly kind: 'merge'; readonly body: unknown }
  | { readonly kind: 'apply'; readonly body: unknown; readonly fieldManager: string; readonly force?: boolean };

/** Calls on API paths (`/api/v1/namespaces/x/secrets/y`), with and answering unknown JSON. Each rejects with KubeError. */
export interface KubeClient {
  /** Scheme, host and port, for messages. */
  readonly server: string;
  get(path: string, options?: CallOptions): Promise<unknown>;
  /** A consistent list in pages. Kind `gone` half way: start again. */
  list(path: string, options?: ListOptions): AsyncIterable<ListPage<unknown>>;
  /** The same, but of each item only what `take` makes of it is kept; a page is never in memory as a whole. */
  listTaking<T>(path: string, take: (item: unknown) => T, options?: ListOptions): AsyncIterable<ListPage<T>>;
  create(path: string, body: unknown, options?: CallOptions): Promise<unknown>;
  /** PUT; with metadata.resourceVersion in `body` it is kind `conflict` when the object changed. */
  replace(path: string, body: unknown, options?: CallOptions): Promise<unknown>;
  patch(path: string, patch: Patch, options?: CallOptions): Promise<unknown>;
  delete(path: string, options?: DeleteOptions): Promise<unknown>;
  /** GET whose body is read as it comes; `timeoutMs` is for the head of the answer only. */
  stream(path: string, options?: CallOptions): Promise<AsyncIterable<Buffer>>;
  /** Closes every connection. */
  close(): void;
}
