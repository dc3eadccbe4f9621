import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { ApiError } from './api-error.ts';
import type { Query } from './kube-types.ts';

export type WatchOptions = {
  readonly resourceVersion: string;
  readonly signal?: AbortSignal;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
};

/** A BOOKMARK carries only a resourceVersion. */
export type WatchEvent<T> = { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'; readonly object: T };

type Opened = (query: Query, signal?: AbortSignal) => Promise<IncomingMessage>;
type Frame<T> = WatchEvent<T> | { readonly type: 'ERROR'; readonly object: { readonly code?: number } };

/** See {@link ApiClient.watch}. */
export async function* watchEvents<T>(
  open: Opened,
  path: string,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>> {
  const { signal, ...query } = options;
  try {
    const response = await open({ ...query, watch: true, allowWatchBookmarks: true }, signal);
    const failed = (response.statusCode ?? 0) !== 200;
    // Without a listener of its own a broken connection would be an uncaught error.
    let broken: Error | undefined;
    response.on('error', (error) => {
      broken ??= error;
    });
    const lines = createInterface({ input: response });
    try {
      for await (const line of lines) {
        if (failed) throw new ApiError(`watch ${path}`, response.statusCode ?? 0, line);
        const frame = JSON.parse(line) as Frame<T>;
        if (frame.type === 'ERROR')
          throw new ApiError(`watch ${path}`, frame.object.code ?? 0, JSON.stringify(frame.object));
        yield frame;
      }
    } finally {
      // Also when the caller stops listening: the connection would stay open otherwise.
      response.destroy();
    }
    if (failed) throw new ApiError(`watch ${path}`, response.statusCode ?? 0, '');
    if (broken !== undefined) throw broken;
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
