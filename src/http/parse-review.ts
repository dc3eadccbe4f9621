import { parseLean } from '../review/lean-json.ts';
import type { Problem } from '../review/problem.ts';

/** The JSON of a review, of unknown shape and without `managedFields` (`parseLean`), or why there is none. */
export type ParsedBody =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'problem'; readonly problem: Problem };

/** Where a body came from, for messages: `POST /validate`, and its headers that matter. */
export interface BodyOrigin {
  readonly endpoint: string;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
}

const SEND = 'send an admission.k8s.io/v1 AdmissionReview as JSON';
const JSON_TYPE = 'application/json';

/** Parses a body that was read whole. The problem carries the uid whenever the text still shows it. */
export function parseReview(bytes: Buffer, origin: BodyOrigin): ParsedBody {
  const media = mediaProblem(origin);
  const text = bytes.toString('utf8');
  if (media !== undefined) return problem(415, 'UnsupportedMediaType', media, text);
  try {
    return { kind: 'json', value: parseLean(text) };
  } catch (error) {
    if (text.trim() === '') {
      return problem(400, 'BadRequest', `the body of ${origin.endpoint} is empty; ${SEND}`, text);
    }
    return problem(400, 'BadRequest', syntaxMessage(error, bytes, origin.endpoint), text);
  }
}

/** The uid of a review that could not be parsed whole, or undefined: see `uidFromText`. */
export function uidFromHead(head: Buffer): string | undefined {
  return uidFromText(head.toString('utf8'));
}

/** `request.uid` of a parsed body of unknown shape. */
export function uidFromJson(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const request: unknown = (body as { readonly request?: unknown }).request;
  if (typeof request !== 'object' || request === null) return undefined;
  const uid: unknown = (request as { readonly uid?: unknown }).uid;
  return typeof uid === 'string' ? uid : undefined;
}

/** The uid is looked for only where the API server writes it: as the first field of `request`, near the beginning. */
const FIRST_FIELD_UID = /^\s*\{[^{}]*"request"\s*:\s*\{\s*"uid"\s*:\s*"([0-9A-Za-z-]{1,64})"/;

function uidFromText(text: string): string | undefined {
  return FIRST_FIELD_UID.exec(text.slice(0, 1024))?.[1];
}

function problem(code: number, reason: string, message: string, text: string): ParsedBody {
  const uid = uidFromText(text);
  return { kind: 'problem', problem: { code, reason, message, ...(uid === undefined ? {} : { uid }) } };
}

function mediaProblem(origin: BodyOrigin): string | undefined {
  if (origin.contentType === JSON_TYPE && origin.contentEncoding === undefined) return undefined;
  const type = origin.contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (type !== JSON_TYPE) {
    const got = origin.contentType === undefined ? 'has no Content-Type' : `has Content-Type ${origin.contentType}`;
    return `the body of ${origin.endpoint} ${got}; it must be application/json`;
  }
  const encoding = origin.contentEncoding?.trim().toLowerCase();
  if (encoding !== undefined && encoding !== 'identity') {
    return `the body of ${origin.endpoint} has Content-Encoding ${encoding}; send it uncompressed`;
  }
  return undefined;
}

function syntaxMessage(error: unknown, bytes: Buffer, endpoint: string): string {
  return breaksOff(error, bytes.toString('utf8').length)
    ? `the JSON body of ${endpoint} breaks off after ${bytes.length} bytes; send the whole AdmissionReview`
    : `the body of ${endpoint} (${bytes.length} bytes) is not JSON; ${SEND}`;
}

/** True when V8 found nothing wrong but the end: it names no position then, or one behind the last character. */
function breaksOff(error: unknown, length: number): boolean {
  if (!(error instanceof Error)) return false;
  const position = /in JSON at position (\d+)/.exec(error.message)?.[1];
  return position === undefined ? /end of JSON/.test(error.message) : Number(position) >= length;
}
