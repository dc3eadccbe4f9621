import { isObject, type JsonObject } from '../review/json.ts';
import type { PatchOperation } from '../review/json-patch.ts';

/**
 * Applies a JSON patch (RFC 6902) to the fields of an object, as strictly as the API server: no parent is made up, and
 * only what is there can be replaced or removed. `object` is not changed; `remove`, `replace` and `add` are known, and
 * lists are whole values.
 * @param patch base64, as an AdmissionReview carries it
 * @throws Error naming the operation that cannot be applied
 */
export function applyPatch(object: JsonObject, patch: string): JsonObject {
  const operations = JSON.parse(Buffer.from(patch, 'base64').toString('utf8')) as readonly PatchOperation[];
  return operations.reduce((patched, operation) => change(patched, keysOf(operation.path), operation), object);
}

function change(parent: JsonObject, [key = '', ...below]: readonly string[], operation: PatchOperation): JsonObject {
  const { op, path } = operation;
  const child = parent[key];
  if (below.length > 0) {
    if (!isObject(child)) throw new Error(`the patch cannot ${op} ${path}: there is no object at "${key}"`);
    return { ...parent, [key]: change(child, below, operation) };
  }
  if (op !== 'add' && child === undefined) throw new Error(`the patch cannot ${op} ${path}: nothing is there`);
  if (op !== 'remove') return { ...parent, [key]: operation.value };
  const { [key]: _removed, ...rest } = parent;
  return rest;
}

/** The keys of a JSON pointer (RFC 6901). */
function keysOf(path: string): readonly string[] {
  return path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}
