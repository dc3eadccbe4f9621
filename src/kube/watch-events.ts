import { failureOfEvent, KubeError, type RequestLine } from './errors.ts';
import { isObject, type JsonObject, stringAt } from './json.ts';
import type { ObjectId } from './watch-types.ts';

/** An event of a watch stream. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: JsonObject;
  readonly resourceVersion: string;
}

const TYPES: ReadonlySet<unknown> = new Set<WatchEvent['type']>(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK']);

/**
 * @param line one line of a watch stream
 * @throws KubeError for an ERROR event (kind `gone` when the resourceVersion is too old), SyntaxError for no JSON
 */
export function parseWatchEvent(line: string, request: RequestLine): WatchEvent {
  const event: unknown = JSON.parse(line);
  if (!isObject(event) || !isObject(event.object)) throw new SyntaxError('a line of the watch is not an event');
  const { type, object } = event;
  if (type === 'ERROR') throw new KubeError(failureOfEvent(object), request);
  const resourceVersion = stringAt(object, 'metadata', 'resourceVersion');
  if (!isEventType(type) || !resourceVersion) throw new SyntaxError(`not a watch event: type ${JSON.stringify(type)}`);
  return { type, object, resourceVersion };
}

/** @returns which object `raw` is. */
export function objectId(raw: unknown): ObjectId {
  return {
    namespace: stringAt(raw, 'metadata', 'namespace') ?? '',
    name: stringAt(raw, 'metadata', 'name') ?? '',
    uid: stringAt(raw, 'metadata', 'uid') ?? '',
    resourceVersion: stringAt(raw, 'metadata', 'resourceVersion') ?? '',
  };
}

function isEventType(type: unknown): type is WatchEvent['type'] {
  return TYPES.has(type);
}
