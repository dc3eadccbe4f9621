import assert from 'node:assert/strict';
import type { ServiceMode } from '../../src/app/mode.ts';
import type { Scope } from '../../src/core/facts.ts';
import type { Pool } from '../../src/core/metallb/pool.ts';
import { type JsonObject, objectAt, stringMapAt } from '../../src/review/json.ts';
import { poolToCore } from '../../src/review/pool-to-core.ts';
import { serviceToView } from '../../src/review/service-to-view.ts';
import { METALLB_USER, statusReview } from '../gen/review.ts';
import type { Mod, ServiceJson } from '../gen/service.ts';
import { Guarded } from '../unit/app/guarded.ts';

/** The first IPs of the default pool, `main`. */
export const [A, B, C] = ['192.0.2.0', '192.0.2.1', '192.0.2.2'];
export const [A6, B6] = ['2001:db8::', '2001:db8::1'];

/** What came of a write: `stored`, `repaired`, `warned` or `refused`, the reason code, the IPs in the status then. */
export type Outcome = string;

/** A write to a status, and the world it meets. */
export interface StatusWrite {
  /** The Service as it is stored. */
  readonly was: ServiceJson;
  /** What the write makes of it. */
  readonly becomes: Mod;
  /** Further Services, the oldest first. */
  readonly others?: readonly ServiceJson[];
  /** Default: `main`, with one IPv4 and one IPv6 range. */
  readonly pools?: readonly Pool[];
  /** Default: MetalLB. */
  readonly user?: string;
  readonly classes?: readonly string[];
  /** `--pool-exclusion` in repair. Default: release. */
  readonly excluded?: 'keep';
  /** What happens before. */
  readonly before?: (guard: Guarded) => Promise<unknown> | undefined;
}

/** A replica that guards in this mode. */
export function guardIn(mode: ServiceMode, scope: Partial<Scope> = {}): Guarded {
  return new Guarded({ mode, scope: { classes: [], ...scope } });
}

/** Offers the write to a replica of its own for each mode, and compares what comes of it. */
export async function expectWrite(
  write: StatusWrite,
  expected: { readonly repair: Outcome; readonly enforce: Outcome },
): Promise<void> {
  const outcomes = { repair: await writeIn('repair', write), enforce: await writeIn('enforce', write) };
  assert.deepEqual(outcomes, expected);
}

async function writeIn(mode: ServiceMode, write: StatusWrite): Promise<Outcome> {
  const { classes = [], excluded } = write;
  const guard = guardIn(mode, { classes, ...(excluded && mode === 'repair' ? { excluded } : {}) });
  if (write.pools !== undefined) guard.pools(...write.pools);
  guard.stored(...(write.others ?? []), write.was);
  await write.before?.(guard);
  return offer(guard, write);
}

/** Offers a write to this replica, to both hooks. */
export async function offer(guard: Guarded, { was, becomes, user = METALLB_USER }: StatusWrite): Promise<Outcome> {
  const mutated = await guard.mutate(statusReview(was, becomes(was), { userInfo: { username: user } }));
  const { response } = await guard.validate(mutated.next);
  if (!response.allowed) return words('refused', response.auditAnnotations?.reason, was);
  const stored = objectAt(objectAt(mutated.next, 'request'), 'object');
  const repaired = mutated.patch !== undefined;
  const { auditAnnotations } = repaired ? mutated.response : response;
  return words(repaired ? 'repaired' : 'stored', auditAnnotations?.reason, stored);
}

function words(verdict: string, reason: string | undefined, service: JsonObject): Outcome {
  return `${verdict} ${reason} ${serviceToView(service).assigned.join(',')}`.trimEnd();
}

/** An IPAddressPool in JSON. */
export function poolJson(name: string, addresses: readonly string[], more: JsonObject = {}): JsonObject {
  return { metadata: { name }, spec: { addresses, ...more } };
}

/** Judges the change of a pool, or its deletion, while these Services have their IPs. The same in both modes. */
export async function changePool(
  was: JsonObject,
  becomes: JsonObject | null,
  services: readonly ServiceJson[],
  otherPools: readonly JsonObject[] = [],
): Promise<Outcome> {
  const resource = { group: 'metallb.io', version: 'v1beta1', resource: 'ipaddresspools' };
  const operation = becomes === null ? 'DELETE' : 'UPDATE';
  const request = { resource, operation, namespace: 'metallb-system', oldObject: was, object: becomes };
  return judged({ pools: [was, ...otherPools], services, request });
}

/** Judges new labels of namespace `default`. */
export async function labelNamespace(
  labels: Readonly<Record<string, string>>,
  pools: readonly JsonObject[],
  services: readonly ServiceJson[],
): Promise<Outcome> {
  const resource = { group: '', version: 'v1', resource: 'namespaces' };
  return judged({
    pools,
    services,
    request: { resource, operation: 'UPDATE', object: { metadata: { name: 'default', labels } } },
  });
}

/** Judges what the owner of a Service edits. */
export async function editService(
  was: ServiceJson,
  edit: Mod,
  others: readonly ServiceJson[] = [],
  requestConflict: 'warn' | 'deny' = 'warn',
): Promise<Outcome> {
  return judged({ services: [...others, was], request: editOf(was, edit), requestConflict });
}

/** The reason code of what the owner hears when he edits a Service, and the warnings, the same in both modes. */
export async function adviceOn(
  was: ServiceJson,
  edit: Mod,
  { others = [], pools }: { readonly others?: readonly ServiceJson[]; readonly pools?: readonly JsonObject[] } = {},
): Promise<readonly string[]> {
  const request = editOf(was, edit);
  const guard = judge({ services: [...others, was], request, ...(pools === undefined ? {} : { pools }) });
  const { response } = await guard('enforce');
  assert.deepEqual((await guard('repair')).response.warnings, response.warnings);
  assert.ok(response.allowed);
  return [response.auditAnnotations?.reason ?? '', ...(response.warnings ?? [])];
}

function editOf(was: ServiceJson, edit: Mod): JsonObject {
  const { request } = statusReview(was, edit(was), { subResource: undefined, userInfo: { username: 'alice' } });
  return request as JsonObject;
}

/** What the mutating hook makes of the edit of a Service: the IPs that it is pinned to then, or `-`. */
export async function pinAfter(guard: Guarded, was: ServiceJson, edit: Mod): Promise<string> {
  const review = statusReview(was, edit(was), { subResource: undefined, userInfo: { username: 'alice' } });
  const { next, response } = await guard.mutate(review);
  const metadata = objectAt(objectAt(objectAt(next, 'request'), 'object'), 'metadata');
  const pin = stringMapAt(metadata, 'annotations')['holdfast.dev/pin'] ?? '-';
  return `${response.auditAnnotations?.reason ?? 'untouched'} ${pin}`;
}

interface Judged {
  readonly services: readonly ServiceJson[];
  readonly request: JsonObject;
  readonly pools?: readonly JsonObject[];
  readonly requestConflict?: 'warn' | 'deny';
}

function judge({ services, request, pools, requestConflict = 'warn' }: Judged) {
  return (mode: 'repair' | 'enforce') => {
    const guard = new Guarded({ mode, requestConflict });
    if (pools !== undefined) guard.pools(...pools.map(poolToCore));
    guard.state.replaceNamespaces([{ name: 'default', labels: { team: 'blue' } }]);
    guard.stored(...services);
    const envelope = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' };
    const asked = { uid: 'review', userInfo: { username: 'alice' }, object: {}, ...request };
    return guard.validate({ ...envelope, request: asked });
  };
}

async function judged(what: Judged): Promise<Outcome> {
  const outcomes = await Promise.all(
    (['repair', 'enforce'] as const).map(async (mode) => {
      const { response } = await judge(what)(mode);
      const told = response.warnings === undefined ? 'stored' : 'warned';
      return `${response.allowed ? told : 'refused'} ${response.auditAnnotations?.reason}`;
    }),
  );
  const [repair, enforce] = outcomes;
  assert.equal(repair, enforce);
  return repair ?? '';
}
