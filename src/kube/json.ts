/** A JSON object of unknown content. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** @returns whether `value` is a JSON object (no array, no null). */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns what lies at `keys` below `value`, or undefined where the way ends. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  let here: unknown = value;
  for (const key of keys) {
    if (!isObject(here)) return undefined;
    here = here[key];
  }
  return here;
}

/** @returns the string at `keys` below `value`, or undefined when there is none. */
export function stringAt(value: unknown, ...keys: readonly string[]): string | undefined {
  const found = at(value, ...keys);
  return typeof found === 'string' ? found : undefined;
}

/** @returns the array at `keys` below `value`; empty when there is none. */
export function arrayAt(value: unknown, ...keys: readonly string[]): readonly unknown[] {
  const found = at(value, ...keys);
  return Array.isArray(found) ? found : [];
}
