import { isObject } from './json.ts';

/**
 * Keys and what stands around them, as Go's encoding/json writes a Service: `managedFields` is the last field of its
 * metadata, `spec` follows, and then `status`. A search is for the part that begins with a rare letter.
 */
const OLD_OBJECT = { rare: 'Object":{"kind":"Service",', before: ',"old' };
const MANAGED_FIELDS = { rare: 'managedFields":[', before: ',"' };
const STATUS = { rare: 'status":{', before: ',"' };
const AFTER_METADATA = '},"spec":';

/**
 * The value of `JSON.parse(text)` without the `metadata.managedFields` of the two Services of an UPDATE, which nobody
 * here reads and which are much of the work; a spec that both have is read once and is one value in both. Any text that
 * is not exactly of the API server's form is read whole.
 *
 * Where to cut is found by searching, and what shows that it was right is that the rest is still valid JSON: a key with its
 * quotes cannot stand inside a JSON string, where quotes are escaped; what is cut out of `managedFields` has no `]` before
 * its last character, so that it never leaves that array, and had it ended in a deeper one, the rest would have a bracket
 * too many; a spec is valid JSON for itself. What stands inside `managedFields` is not checked.
 * @throws SyntaxError as JSON.parse does
 */
export function parseLean(text: string): unknown {
  return parseCut(text) ?? (JSON.parse(text) as unknown);
}

function parseCut(text: string): unknown {
  const oldObject = find(text, OLD_OBJECT, 0);
  if (oldObject < 0) return undefined;
  const sent = cutsOf(text, 0);
  const stored = cutsOf(text, oldObject);
  if (sent === undefined || stored === undefined || sent.status > oldObject) return undefined;
  const spec = text.slice(stored.spec, stored.status);
  if (text.slice(sent.spec, sent.status) !== spec) return undefined;
  const upTo = text.slice(0, sent.fields) + NO_SPEC + text.slice(sent.status, stored.fields);
  try {
    return withSpec(JSON.parse(upTo + NO_SPEC + text.slice(stored.status)), JSON.parse(spec));
  } catch {
    return undefined;
  }
}

/** The end of metadata, and a spec that is none. */
const NO_SPEC = `${AFTER_METADATA}0`;

interface Cuts {
  /** Where `managedFields` begins. */
  readonly fields: number;
  /** Where the value of `spec` begins, and where it ends. */
  readonly spec: number;
  readonly status: number;
}

/** Of the first Service with `managedFields` behind `from`. */
function cutsOf(text: string, from: number): Cuts | undefined {
  const fields = find(text, MANAGED_FIELDS, from);
  const end = fields < 0 ? -1 : text.indexOf(']', fields) + 1;
  if (end <= 0 || !text.startsWith(AFTER_METADATA, end)) return undefined;
  const spec = end + AFTER_METADATA.length;
  const status = find(text, STATUS, spec);
  return status < 0 ? undefined : { fields, spec, status };
}

/** Where the text that is searched for begins, or -1. */
function find(text: string, { rare, before }: { readonly rare: string; readonly before: string }, from: number) {
  const at = text.indexOf(rare, from) - before.length;
  return at >= 0 && text.startsWith(before, at) ? at : -1;
}

/** Puts the spec back in its place. @returns undefined when its places are not where they should be */
function withSpec(review: unknown, spec: unknown): unknown {
  const request = isObject(review) ? review.request : undefined;
  if (!isObject(request)) return undefined;
  const { object, oldObject } = request as { object?: { spec?: unknown }; oldObject?: { spec?: unknown } };
  if (!isObject(object) || !isObject(oldObject) || object.spec !== 0 || oldObject.spec !== 0) return undefined;
  object.spec = spec;
  oldObject.spec = spec;
  return review;
}
