import type { JsonObject } from '../../../src/review/json.ts';
import type { PatchOperation } from '../../../src/review/json-patch.ts';

/** Applies an RFC 6902 patch of the kind that admission answers carry. @throws when a path to remove does not exist */
export function applyPatch<T extends JsonObject>(object: T, base64: string): T {
  const operations = JSON.parse(Buffer.from(base64, 'base64').toString('utf8')) as readonly PatchOperation[];
  return operations.reduce<JsonObject>((patched, operation) => {
    const path = operation.path.split('/').slice(1).map(unescaped);
    return change(patched, path, operation);
  }, object) as T;
}

function unescaped(part: string): string {
  return part.replaceAll('~1', '/').replaceAll('~0', '~');
}

function change(from: JsonObject, [key, ...rest]: readonly string[], operation: PatchOperation): JsonObject {
  if (key === undefined) throw new Error(`the patch replaces the whole object: ${operation.path}`);
  if (rest.length > 0) {
    const inner = from[key];
    if (typeof inner !== 'object' || inner === null) throw new Error(`${operation.path}: there is no ${key}`);
    return { ...from, [key]: change(inner as JsonObject, rest, operation) };
  }
  if (operation.op !== 'remove') return { ...from, [key]: operation.value };
  if (!(key in from)) throw new Error(`${operation.path} cannot be removed: it is not there`);
  return Object.fromEntries(Object.entries(from).filter(([other]) => other !== key));
}
