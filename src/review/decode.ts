import { ALLOW_STRAND_ANNOTATION } from '../core/metallb/annotations.ts';
import type { Pool } from '../core/metallb/pool.ts';
import type { ServiceView } from '../core/service-view.ts';
import { isObject, type JsonObject, objectAt, objectsAt, stringAt, stringMapAt } from './json.ts';
import { poolToCore } from './pool-to-core.ts';
import type { Problem } from './problem.ts';
import { serviceToView, versionOf, withStatusOf } from './service-to-view.ts';

/** What every review has. */
export interface AnyReview {
  readonly uid: string;
  /** `userInfo.username` of the writer; empty when the API server gave none. */
  readonly user: string;
  readonly dryRun: boolean;
}

/** An UPDATE of `services/status` in the words of the core. */
export interface StatusReview extends AnyReview {
  readonly kind: 'status-update';
  readonly was: ServiceView;
  readonly becomes: ServiceView;
  /** Read only when it is asked for: the validating hook, which decides most reviews, patches nothing. */
  readonly patched: () => Patched;
  /** The writer knows another version than the stored one: the API server answers 409 once the mutating hooks are done. */
  readonly isOutdated: boolean;
}

/** A CREATE of a Service. It has no uid yet, and with generateName no name. */
export interface CreateReview extends AnyReview {
  readonly kind: 'service-create';
  readonly service: ServiceView;
  readonly patched: Patched;
}

/** The raw parts of the object that a patch must take into account. */
export interface Patched {
  /** All annotations of the object as sent; undefined when it has none at all. */
  readonly annotations: Readonly<Record<string, string>> | undefined;
  /** `status.loadBalancer.ingress` as it is stored, and as it is sent. */
  readonly stored: readonly JsonObject[];
  readonly offered: readonly JsonObject[];
}

/** An UPDATE or DELETE of an IPAddressPool. */
export interface PoolReview extends AnyReview {
  readonly kind: 'pool-change';
  /** Namespace of the pool; MetalLB reads those of its own only. */
  readonly namespace: string;
  /** `metadata.uid` of the pool. */
  readonly poolUid: string;
  readonly was: Pool;
  /** Undefined when the pool is deleted. */
  readonly becomes: Pool | undefined;
  /** The break-glass annotation of the object that counts: the new one, or at DELETE the stored one. */
  readonly allowStrand: string | undefined;
}

/** An UPDATE of a Namespace: its labels select pools. */
export interface NamespaceReview extends AnyReview {
  readonly kind: 'namespace-change';
  readonly name: string;
  /** `metadata.uid` of the namespace. */
  readonly namespaceUid: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** An UPDATE of the main resource of a Service: what the user asks for. */
export interface RequestReview extends AnyReview {
  readonly kind: 'service-update';
  readonly was: ServiceView;
  readonly service: ServiceView;
  readonly patched: Patched;
}

/** A request that is none of holdfast's business: it is allowed, and counted. */
export interface ForeignReview {
  readonly kind: 'foreign';
  readonly uid: string;
  /** For the log, e.g. `UPDATE pods/status`. */
  readonly what: string;
}

export type Review = StatusReview | CreateReview | RequestReview | PoolReview | NamespaceReview | ForeignReview;
export type Decoded =
  | { readonly ok: true; readonly review: Review }
  | { readonly ok: false; readonly problem: Problem };

/**
 * The view of a Service by its uid and `resourceVersion`, if it is known already: an object never changes within a version
 * (Kubernetes API concepts, "resource versions").
 */
export type KnownViews = (uid: string, version: number) => ServiceView | undefined;

/** Reads an AdmissionReview of unknown shape. A problem says which field is wrong, and carries the uid if it is there. */
export function decode(body: unknown, known: KnownViews = () => undefined): Decoded {
  if (!isObject(body)) return bad('the body is not a JSON object; an AdmissionReview is expected');
  const uid = stringAt(objectAt(body, 'request'), 'uid');
  const envelope = envelopeProblem(body);
  if (envelope !== undefined) return bad(envelope, uid);
  const request = objectAt(body, 'request');
  if (uid === undefined || uid === '') return bad('request.uid is missing; the answer must repeat it');
  const resource = objectAt(request, 'resource');
  if (isServices(request, resource, { subResource: 'status', operation: 'UPDATE' }))
    return decodeStatusUpdate(request, uid, known);
  if (isServices(request, resource, { subResource: undefined, operation: 'CREATE' })) return decodeCreate(request, uid);
  if (isServices(request, resource, { subResource: undefined, operation: 'UPDATE' })) return decodeUpdate(request, uid);
  if (isPool(request, resource)) return decodePool(request, uid);
  if (isNamespaceUpdate(request, resource)) return decodeNamespace(request, uid);
  return { ok: true, review: { kind: 'foreign', uid, what: whatOf(request, resource) } };
}

function isPool(request: JsonObject, resource: JsonObject): boolean {
  const operation = stringAt(request, 'operation');
  return (
    stringAt(resource, 'group') === 'metallb.io' &&
    stringAt(resource, 'resource') === 'ipaddresspools' &&
    !stringAt(request, 'subResource') &&
    (operation === 'UPDATE' || operation === 'DELETE')
  );
}

function isNamespaceUpdate(request: JsonObject, resource: JsonObject): boolean {
  return (
    stringAt(resource, 'group') === '' &&
    stringAt(resource, 'resource') === 'namespaces' &&
    !stringAt(request, 'subResource') &&
    stringAt(request, 'operation') === 'UPDATE'
  );
}

function decodeUpdate(request: JsonObject, uid: string): Decoded {
  const { object, oldObject } = request;
  if (!isObject(object) || !isObject(oldObject)) return bad('an UPDATE of services lacks object or oldObject', uid);
  const review: RequestReview = {
    kind: 'service-update',
    ...anyReview(request, uid),
    was: serviceToView(oldObject),
    service: serviceToView(object),
    patched: patched(object, oldObject),
  };
  return { ok: true, review };
}

function decodePool(request: JsonObject, uid: string): Decoded {
  const { object, oldObject } = request;
  if (!isObject(oldObject)) return bad('request.oldObject is missing in a change of an IPAddressPool', uid);
  const becomes = isObject(object) ? object : undefined;
  const annotations = stringMapAt(objectAt(becomes ?? oldObject, 'metadata'), 'annotations');
  const review: PoolReview = {
    kind: 'pool-change',
    ...anyReview(request, uid),
    namespace: stringAt(request, 'namespace') ?? '',
    poolUid: stringAt(objectAt(oldObject, 'metadata'), 'uid') ?? '',
    was: poolToCore(oldObject),
    becomes: becomes === undefined ? undefined : poolToCore(becomes),
    allowStrand: annotations[ALLOW_STRAND_ANNOTATION],
  };
  return { ok: true, review };
}

function decodeNamespace(request: JsonObject, uid: string): Decoded {
  const metadata = objectAt(objectAt(request, 'object'), 'metadata');
  const name = stringAt(metadata, 'name') ?? '';
  const labels = stringMapAt(metadata, 'labels');
  const namespaceUid = stringAt(metadata, 'uid') ?? '';
  return { ok: true, review: { kind: 'namespace-change', ...anyReview(request, uid), name, namespaceUid, labels } };
}

function envelopeProblem(body: JsonObject): string | undefined {
  const [apiVersion, kind] = [stringAt(body, 'apiVersion'), stringAt(body, 'kind')];
  if (kind !== 'AdmissionReview') return `kind is "${kind ?? ''}"; AdmissionReview is expected`;
  if (apiVersion !== 'admission.k8s.io/v1') {
    return `apiVersion is "${apiVersion ?? ''}"; holdfast speaks admission.k8s.io/v1 only`;
  }
  return isObject(body.request) ? undefined : 'request is missing; only requests are answered';
}

function isServices(
  request: JsonObject,
  resource: JsonObject,
  what: { readonly subResource: string | undefined; readonly operation: string },
): boolean {
  return (
    stringAt(resource, 'group') === '' &&
    stringAt(resource, 'resource') === 'services' &&
    (stringAt(request, 'subResource') || undefined) === what.subResource &&
    stringAt(request, 'operation') === what.operation
  );
}

function anyReview(request: JsonObject, uid: string): AnyReview {
  return { uid, user: stringAt(objectAt(request, 'userInfo'), 'username') ?? '', dryRun: request.dryRun === true };
}

function patched(object: JsonObject, oldObject: JsonObject): Patched {
  const metadata = objectAt(object, 'metadata');
  return {
    annotations: isObject(metadata.annotations) ? stringMapAt(metadata, 'annotations') : undefined,
    stored: ingressOf(oldObject),
    offered: ingressOf(object),
  };
}

function ingressOf(service: JsonObject): readonly JsonObject[] {
  return objectsAt(objectAt(objectAt(service, 'status'), 'loadBalancer'), 'ingress');
}

function decodeCreate(request: JsonObject, uid: string): Decoded {
  const { object } = request;
  if (!isObject(object)) return bad('request.object is missing in a CREATE of services', uid);
  // The namespace is not always in the object; the request always names it.
  const named = { ...object, metadata: { namespace: stringAt(request, 'namespace'), ...objectAt(object, 'metadata') } };
  const service = serviceToView({ ...named, status: {} });
  return {
    ok: true,
    review: { kind: 'service-create', ...anyReview(request, uid), service, patched: patched(object, {}) },
  };
}

function whatOf(request: JsonObject, resource: JsonObject): string {
  const sub = stringAt(request, 'subResource');
  return `${stringAt(request, 'operation') ?? '?'} ${stringAt(resource, 'resource') ?? '?'}${sub ? `/${sub}` : ''}`;
}

/**
 * The Service after the write has the stored spec and metadata, and the new status. The API server ignores a spec sent
 * to `/status`; annotations sent there are stored, but a writer must not grant himself a reason in the very write.
 */
function decodeStatusUpdate(request: JsonObject, uid: string, known: KnownViews): Decoded {
  const { object, oldObject } = request;
  if (!isObject(object)) return bad('request.object is missing in an UPDATE of services/status', uid);
  if (!isObject(oldObject)) return bad('request.oldObject is missing in an UPDATE of services/status', uid);
  const was = storedView(oldObject, known);
  if (was.ref.name === '' || was.ref.uid === '') return bad('request.oldObject has no metadata.name or uid', uid);
  const review: StatusReview = {
    kind: 'status-update',
    ...anyReview(request, uid),
    was,
    becomes: withStatusOf(was, object),
    patched: () => patched(object, oldObject),
    isOutdated: isOutdated(object, was),
  };
  return { ok: true, review };
}

/** The stored Service. Under another name it is not the known one, whatever its uid says. */
function storedView(oldObject: JsonObject, known: KnownViews): ServiceView {
  const metadata = objectAt(oldObject, 'metadata');
  const version = versionOf(metadata);
  const view = version === 0 ? undefined : known(stringAt(metadata, 'uid') ?? '', version);
  const isSame =
    view !== undefined &&
    view.ref.name === stringAt(metadata, 'name') &&
    view.ref.namespace === stringAt(metadata, 'namespace');
  return isSame ? view : serviceToView(oldObject);
}

/** A write that names no version is made upon whatever is stored. */
function isOutdated(object: JsonObject, { version }: ServiceView): boolean {
  const upon = versionOf(objectAt(object, 'metadata'));
  return upon !== 0 && version !== 0 && upon !== version;
}

function bad(message: string, uid?: string): Decoded {
  const problem = { code: 400, reason: 'BadRequest', message: `this is not a review that can be decided: ${message}.` };
  return { ok: false, problem: uid === undefined ? problem : { ...problem, uid } };
}
