import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { parseRecording } from '../../src/app/recording.ts';
import { type JsonObject, objectAt, stringAt } from '../../src/review/json.ts';

const FIXTURE = fileURLToPath(new URL('../../test/fixtures/restart-storm-0.13.12.ndjson.gz', import.meta.url));

/** The pool of all measurements: 16 million IPs. */
export const POOL_CIDR = '10.0.0.0/8';

/** What `kubectl apply` leaves on a Service; it brings a review to the 4 to 6 KB of Services made by hand. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The n-th IP of the pool, from 10.0.0.1 on. */
export function ipAt(n: number): string {
  const value = n + 1;
  return `10.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** A Service as the API server stores it, made after a recorded one; with an IP, or pending. */
export function serviceJson(name: string, n: number, ip: string | undefined): JsonObject {
  const { recorded } = template();
  const spec = objectAt(recorded, 'spec');
  const applied = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'default', annotations: {} },
    spec,
  };
  const { managedFields, ...metadata } = objectAt(recorded, 'metadata');
  return {
    ...recorded,
    metadata: {
      ...metadata,
      name,
      uid: uuidOf(n),
      resourceVersion: String(1000 + n),
      labels: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/managed-by': 'kubectl', team: `team-${n % 20}` },
      annotations: { [LAST_APPLIED]: `${JSON.stringify(applied)}\n` },
      managedFields,
    },
    spec: { ...spec, selector: { app: name } },
    status: { loadBalancer: ip === undefined ? {} : { ingress: [{ ip, ipMode: 'VIP' }] } },
  };
}

/**
 * The review of MetalLB's write that gives a pending Service its IP, or that leaves the IPs as they are. As in the recorded
 * one, the metadata that is sent differs from the stored: MetalLB's annotation, and what the API server notes of the writer.
 */
export function reviewJson(service: JsonObject, n: number, ip: string): JsonObject {
  const { review, written } = template();
  const stored = objectAt(service, 'metadata');
  const { annotations, managedFields } = objectAt(written, 'metadata');
  const name = stringAt(stored, 'name');
  const metadata = {
    ...stored,
    annotations: { ...objectAt(stored, 'annotations'), ...(annotations as JsonObject) },
    managedFields,
  };
  const object = { ...service, metadata, status: { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } } };
  const request = { ...objectAt(review, 'request'), uid: uuidOf(1_000_000 + n), name, object, oldObject: service };
  return { ...review, request };
}

interface Template {
  readonly review: JsonObject;
  /** The Service as it is stored, and as it is sent. */
  readonly recorded: JsonObject;
  readonly written: JsonObject;
}

let cached: Template | undefined;

/** A recorded status review with its Service. */
function template(): Template {
  cached ??= readTemplate();
  return cached;
}

function readTemplate(): Template {
  const parsed = parseRecording(gunzipSync(readFileSync(FIXTURE)).toString('utf8'));
  const review = parsed.ok ? parsed.recording.reviews.find(isStatusUpdate) : undefined;
  if (review === undefined) throw new Error(`${FIXTURE} has no review of an UPDATE of services/status`);
  const request = objectAt(review, 'request');
  return { review, recorded: objectAt(request, 'oldObject'), written: objectAt(request, 'object') };
}

function isStatusUpdate(review: JsonObject): boolean {
  const request = objectAt(review, 'request');
  return request.subResource === 'status' && request.operation === 'UPDATE';
}

function uuidOf(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}
