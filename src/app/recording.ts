import { isObject, type JsonObject, objectsAt, stringAt } from '../review/json.ts';

/**
 * A recorded piece of a cluster's life: what there was at the start, and every AdmissionReview in the order in which
 * the API server asked. As ndjson: lines of kind ServiceList, IPAddressPoolList and NamespaceList first (each may be
 * missing), then one AdmissionReview a line.
 */
export interface Recording {
  readonly services: readonly JsonObject[];
  /** Undefined when the recording has no list of pools: then the class alone decides what is guarded. */
  readonly pools: readonly JsonObject[] | undefined;
  readonly namespaces: readonly JsonObject[];
  readonly reviews: readonly JsonObject[];
}

/** A line that cannot be used. */
export interface RecordingProblem {
  /** Counted from 1. */
  readonly line: number;
  readonly what: string;
}

export type ParsedRecording =
  | { readonly ok: true; readonly recording: Recording }
  | { readonly ok: false; readonly problems: readonly RecordingProblem[] };

/** Reads a recording from its text. Every bad line is reported, not only the first. */
export function parseRecording(text: string): ParsedRecording {
  const problems: RecordingProblem[] = [];
  const byKind = new Map<string, JsonObject[]>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const parsed = parseLine(line);
    if (typeof parsed === 'string') problems.push({ line: index + 1, what: parsed });
    else
      byKind
        .set(parsed.kind, byKind.get(parsed.kind) ?? [])
        .get(parsed.kind)
        ?.push(parsed.object);
  }
  const reviews = byKind.get('AdmissionReview') ?? [];
  if (reviews.length === 0) problems.push({ line: 0, what: 'there is no AdmissionReview in it' });
  if (problems.length > 0) return { ok: false, problems };
  const items = (kind: string) => byKind.get(kind)?.flatMap((list) => objectsAt(list, 'items'));
  const [services, pools] = [items('ServiceList') ?? [], items('IPAddressPoolList')];
  return { ok: true, recording: { services, pools, namespaces: items('NamespaceList') ?? [], reviews } };
}

const KINDS = ['AdmissionReview', 'ServiceList', 'IPAddressPoolList', 'NamespaceList'];

function parseLine(line: string): { readonly kind: string; readonly object: JsonObject } | string {
  let object: unknown;
  try {
    object = JSON.parse(line);
  } catch (error) {
    return `it is not JSON (${error instanceof Error ? error.message : String(error)})`;
  }
  const kind = isObject(object) ? stringAt(object, 'kind') : undefined;
  if (!isObject(object) || kind === undefined) return 'it has no kind';
  return KINDS.includes(kind) ? { kind, object } : `its kind is ${kind}; expected is one of ${KINDS.join(', ')}`;
}
