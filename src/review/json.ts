/** Careful reading of JSON of unknown shape: a wrong type is "absent", never an exception. */

export type JsonObject = Readonly<Record<string, unknown>>;

const EMPTY: JsonObject = Object.freeze({});

/** True for a JSON object (not null, not an array). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object at `key`, or an empty one. */
export function objectAt(from: JsonObject, key: string): JsonObject {
  const value = from[key];
  return isObject(value) ? value : EMPTY;
}

/** The array at `key`, or an empty one. */
export function arrayAt(from: JsonObject, key: string): readonly unknown[] {
  const value = from[key];
  return Array.isArray(value) ? value : [];
}

/** The objects in the array at `key`; other elements are skipped. */
export function objectsAt(from: JsonObject, key: string): readonly JsonObject[] {
  return arrayAt(from, key).filter(isObject);
}

/** The string at `key`; undefined when it is absent or something else. */
export function stringAt(from: JsonObject, key: string): string | undefined {
  const value = from[key];
  return typeof value === 'string' ? value : undefined;
}

/** The strings in the array at `key`. */
export function stringsAt(from: JsonObject, key: string): readonly string[] {
  return arrayAt(from, key).filter((item) => typeof item === 'string');
}

/** The string-to-string map at `key`; other values are skipped. */
export function stringMapAt(from: JsonObject, key: string): Readonly<Record<string, string>> {
  return stringsOf(objectAt(from, key), () => true);
}

/** The string values of `object` whose keys are wanted; `share` may give back an equal one. Loops, because every review and every watch event comes by. */
export function stringsOf(
  object: JsonObject,
  wanted: (key: string) => boolean,
  share: (value: string) => string = String,
): Readonly<Record<string, string>> {
  const strings: Record<string, string> = {};
  for (const key of Object.keys(object)) {
    const found = object[key];
    if (typeof found !== 'string' || !wanted(key)) continue;
    const value = share(found);
    if (key === '__proto__') Object.defineProperty(strings, key, { value, enumerable: true });
    else strings[key] = value;
  }
  return strings;
}
