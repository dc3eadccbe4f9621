import { ApiStatus } from './api-status.ts';

type Json = unknown;
type Fields = Record<string, Json>;

/** @param type content type of the request. @returns the patched object; `object` is not changed */
export function applyPatch(type: string, object: Json, patch: Json): Json {
  if (type.startsWith('application/json-patch+json')) return jsonPatch(object, patch);
  if (type.includes('merge-patch+json') || type.startsWith('application/apply-patch')) return mergePatch(object, patch);
  throw new ApiStatus(415, `unsupported patch type ${type}`, 'UnsupportedMediaType');
}

/** RFC 7386. Server-side apply and strategic merge are taken as this: enough for maps. */
export function mergePatch(target: Json, patch: Json): Json {
  if (!isFields(patch)) return patch;
  const result: Fields = isFields(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value?: Json;
}

/** RFC 6902: add, replace, remove, test. */
function jsonPatch(object: Json, operations: Json): Json {
  const result: Json = structuredClone(object);
  for (const operation of operations as readonly Operation[]) applyOperation(result, operation);
  return result;
}

function applyOperation(root: Json, { op, path, value }: Operation): void {
  const keys = path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = keys.pop() ?? '';
  let parent: Json = root;
  for (const key of keys) parent = (parent as Fields | undefined)?.[key];
  if (!isFields(parent) && !Array.isArray(parent)) throw new ApiStatus(422, `json patch: no parent at ${path}`);
  const there = last in parent;
  if (op !== 'add' && !there) throw new ApiStatus(422, `json patch: nothing at ${path}`);
  if (op === 'test') test(path, (parent as Fields)[last], value);
  else if (Array.isArray(parent)) changeArray(parent, last, { op, path, value });
  else if (op === 'remove') delete parent[last];
  else parent[last] = value;
}

function changeArray(array: Json[], index: string, { op, value }: Operation): void {
  const start = index === '-' ? array.length : Number(index);
  array.splice(start, op === 'add' ? 0 : 1, ...(op === 'remove' ? [] : [value]));
}

function test(path: string, found: Json, wanted: Json): void {
  if (JSON.stringify(found) !== JSON.stringify(wanted)) throw new ApiStatus(422, `json patch: test failed at ${path}`);
}

function isFields(value: Json): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
