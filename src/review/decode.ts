import type { ServiceView } from '../core/service-view.ts';
import { isObject, type JsonObject, objectAt, stringAt } from './json.ts';
import type { Problem } from './problem.ts';
import { serviceToView } from './service-to-view.ts';

/** One admission request in the words of the core. */
export interface StatusReview {
  readonly kind: 'status-update';
  readonly uid: string;
  /** `userInfo.username` of the writer; empty when the API server gave none. */
  readonly user: string;
  readonly dryRun: boolean;
  readonly was: ServiceView;
  readonly becomes: ServiceView;
}

/** A request that is none of holdfast's business: it is allowed, and counted. */
export interface ForeignReview {
  readonly kind: 'foreign';
  readonly uid: string;
  /** For the log, e.g. `UPDATE pods/status`. */
  readonly what: string;
}

export type Review = StatusReview | ForeignReview;
export type Decoded =
  | { readonly ok: true; readonly review: Review }
  | { readonly ok: false; readonly problem: Problem };

/** Reads an AdmissionReview of unknown shape. A problem says which field is wrong, and carries the uid if it is there. */
export function decode(body: unknown): Decoded {
  if (!isObject(body)) return bad('the body is not a JSON object; an AdmissionReview is expected');
  const uid = stringAt(objectAt(body, 'request'), 'uid');
  const envelope = envelopeProblem(body);
  if (envelope !== undefined) return bad(envelope, uid);
  const request = objectAt(body, 'request');
  if (uid === undefined || uid === '') return bad('request.uid is missing; the answer must repeat it');
  const resource = objectAt(request, 'resource');
  if (!isServiceStatusUpdate(request, resource)) {
    return { ok: true, review: { kind: 'foreign', uid, what: whatOf(request, resource) } };
  }
  return decodeStatusUpdate(request, uid);
}

function envelopeProblem(body: JsonObject): string | undefined {
  const [apiVersion, kind] = [stringAt(body, 'apiVersion'), stringAt(body, 'kind')];
  if (kind !== 'AdmissionReview') return `kind is "${kind ?? ''}"; AdmissionReview is expected`;
  if (apiVersion !== 'admission.k8s.io/v1') {
    return `apiVersion is "${apiVersion ?? ''}"; holdfast speaks admission.k8s.io/v1 only`;
  }
  return isObject(body.request) ? undefined : 'request is missing; only requests are answered';
}

function isServiceStatusUpdate(request: JsonObject, resource: JsonObject): boolean {
  return (
    stringAt(resource, 'group') === '' &&
    stringAt(resource, 'resource') === 'services' &&
    stringAt(request, 'subResource') === 'status' &&
    stringAt(request, 'operation') === 'UPDATE'
  );
}

function whatOf(request: JsonObject, resource: JsonObject): string {
  const sub = stringAt(request, 'subResource');
  return `${stringAt(request, 'operation') ?? '?'} ${stringAt(resource, 'resource') ?? '?'}${sub ? `/${sub}` : ''}`;
}

function decodeStatusUpdate(request: JsonObject, uid: string): Decoded {
  const { object, oldObject } = request;
  if (!isObject(object)) return bad('request.object is missing in an UPDATE of services/status', uid);
  if (!isObject(oldObject)) return bad('request.oldObject is missing in an UPDATE of services/status', uid);
  const was = serviceToView(oldObject);
  if (was.ref.name === '' || was.ref.uid === '') return bad('request.oldObject has no metadata.name or uid', uid);
  const review: StatusReview = {
    kind: 'status-update',
    uid,
    user: stringAt(objectAt(request, 'userInfo'), 'username') ?? '',
    dryRun: request.dryRun === true,
    was,
    becomes: becomes(oldObject, object),
  };
  return { ok: true, review };
}

/**
 * The Service after the write: the stored spec and metadata with the new status. The API server ignores a spec sent to
 * `/status`; annotations sent there are stored, but a writer must not grant himself a reason in the very write.
 */
function becomes(oldObject: JsonObject, object: JsonObject): ServiceView {
  return serviceToView({ metadata: oldObject.metadata, spec: oldObject.spec, status: object.status });
}

function bad(message: string, uid?: string): Decoded {
  const problem = { code: 400, reason: 'BadRequest', message: `this is not a review that can be decided: ${message}.` };
  return { ok: false, problem: uid === undefined ? problem : { ...problem, uid } };
}
