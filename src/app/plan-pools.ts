import { wantedFamilies } from '../core/allocator/families.ts';
import { parsePermission } from '../core/break-glass.ts';
import type { Pool, Pools } from '../core/metallb/pool.ts';
import { ipRequestOf, poolRequestOf } from '../core/metallb/request.ts';
import type { IpAddress } from '../core/net/ip.ts';
import { rangesOverlap } from '../core/net/ip-range.ts';
import { type Stranded, strandedBy, strandWords, whyStranded } from '../core/rules/no-strand.ts';
import { nameOf } from '../core/service-ref.ts';
import type { ServiceView } from '../core/service-view.ts';
import { guarded } from './check/services.ts';
import type { ClusterState } from './cluster-state.ts';
import { type SeenPool, stateOf, type Viewpoint } from './survey.ts';

/** One thing that is done to the pools. */
export type PoolStep =
  | ({ readonly kind: 'apply' } & SeenPool)
  /** The pool need not exist. */
  | { readonly kind: 'delete'; readonly name: string };

/** What one step would do by itself, after those before it. */
export interface StepOutcome {
  readonly action: 'create' | 'change' | 'keep' | 'delete';
  readonly pool: string;
  /**
   * What holdfast's pool guard says. `not asked`: it judges changes and deletions only. `opened`: it would refuse, but
   * `holdfast.dev/allow-strand` is in force.
   */
  readonly guard: 'allows' | 'refuses' | 'opened' | 'not asked';
  readonly strands: number;
  /** Pools it would have addresses in common with; MetalLB refuses that. */
  readonly overlaps: readonly string[];
}

/** An assigned IP that would be in no usable pool in the end. */
export interface PlannedStrand {
  readonly service: string;
  readonly ip: string;
  readonly why: string;
  /** What would become of the Service. */
  readonly fate: string;
}

/** What a change of pools would do. */
export interface PlanReport {
  readonly steps: readonly StepOutcome[];
  readonly stranded: readonly PlannedStrand[];
  /** Services that ask by name for a pool which would be gone: MetalLB would clear them. */
  readonly misnamed: readonly { readonly service: string; readonly pool: string }[];
  /** LoadBalancer Services with an IP that were looked at. */
  readonly services: number;
}

/** True when something would be stranded or refused. */
export function isHarmful({ steps, stranded, misnamed }: PlanReport): boolean {
  return (
    stranded.length + misnamed.length > 0 || steps.some(({ strands, overlaps }) => strands > 0 || overlaps.length > 0)
  );
}

/** Plays the steps in order, by the rule of the pool guard (core/rules/no-strand.ts). */
export function planPools(view: Viewpoint, steps: readonly PoolStep[]): PlanReport {
  const services = guarded(view).filter(({ assigned }) => assigned.length > 0);
  const { namespaces } = knownPools(view.state.pools);
  const outcomes: StepOutcome[] = [];
  let pools: readonly SeenPool[] = view.survey.pools;
  for (const step of steps) {
    const after = afterStep(pools, step);
    const change = { before: known(pools, namespaces), after: known(after, namespaces) };
    outcomes.push(outcomeOf(step, { pools, after, stranded: newlyStranded(change, services) }, view.survey.takenAt));
    pools = after;
  }
  const before = known(view.survey.pools, namespaces);
  const stranded = newlyStranded({ before, after: known(pools, namespaces) }, services);
  const future = stateOf({ ...view.survey, pools, poolSource: 'crd' }, { graceMs: 0, stickyMs: 0 });
  return {
    steps: outcomes,
    stranded: fates(stranded, services, future),
    misnamed: misnamed(services, view.survey.pools, pools),
    services: services.length,
  };
}

type Known = Extract<Pools, { kind: 'known' }>;

function knownPools(pools: Pools): Known {
  return pools.kind === 'known' ? pools : { kind: 'known', pools: [], namespaces: new Map() };
}

function known(pools: readonly SeenPool[], namespaces: Known['namespaces']): Known {
  return { kind: 'known', pools: pools.map(({ pool }) => pool), namespaces };
}

function afterStep(pools: readonly SeenPool[], step: PoolStep): readonly SeenPool[] {
  const name = nameOfStep(step);
  const others = pools.filter(({ pool }) => pool.name !== name);
  return step.kind === 'apply' ? [...others, { pool: step.pool, allowStrand: step.allowStrand }] : others;
}

function nameOfStep(step: PoolStep): string {
  return step.kind === 'apply' ? step.pool.name : step.name;
}

/**
 * As the guard judges; and where there was no pool at all, everything that the first one does not cover: without pools
 * MetalLB leaves nothing, and holdfast guards all, but from the first pool on an IP in none of them may go (`PoolGone`).
 */
function newlyStranded(change: { readonly before: Known; readonly after: Known }, services: readonly ServiceView[]) {
  if (change.before.pools.length > 0) return strandedBy(change, services);
  if (change.after.pools.length === 0) return [];
  return services.flatMap((service): readonly Stranded[] => {
    const found = whyStranded(service, change.after);
    return found === undefined ? [] : [{ service: service.ref, ...found }];
  });
}

interface Stepped {
  readonly pools: readonly SeenPool[];
  readonly after: readonly SeenPool[];
  readonly stranded: readonly Stranded[];
}

function outcomeOf(step: PoolStep, { pools, after, stranded }: Stepped, now: number): StepOutcome {
  const name = nameOfStep(step);
  const before = pools.find(({ pool }) => pool.name === name);
  const action = actionOf(step, before);
  const allow = (step.kind === 'apply' ? step.allowStrand : undefined) ?? before?.allowStrand;
  const parsed = allow === undefined ? undefined : parsePermission(allow);
  const open = parsed?.ok === true && now < parsed.permission.until;
  const asked = action === 'change' || action === 'delete';
  const verdict = stranded.length === 0 ? 'allows' : open ? 'opened' : 'refuses';
  const overlaps = step.kind === 'apply' ? overlapping(step.pool, after) : [];
  return { action, pool: name, guard: asked ? verdict : 'not asked', strands: stranded.length, overlaps };
}

function actionOf(step: PoolStep, before: SeenPool | undefined): StepOutcome['action'] {
  if (step.kind === 'delete') return before === undefined ? 'keep' : 'delete';
  if (before === undefined) return 'create';
  return sameText(before.pool, step.pool) ? 'keep' : 'change';
}

function sameText(one: Pool, other: Pool): boolean {
  return text(one) === text(other);
}

function text(pool: Pool): string {
  return JSON.stringify(pool, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

function overlapping(pool: Pool, all: readonly SeenPool[]): readonly string[] {
  return all
    .map((one) => one.pool)
    .filter(({ name }) => name !== pool.name)
    .filter(({ ranges }) => ranges.some((range) => pool.ranges.some((own) => rangesOverlap(range, own))))
    .map(({ name }) => name);
}

/** What MetalLB (0.14+) would give each of them instead, one after the other. */
function fates(
  stranded: readonly Stranded[],
  services: readonly ServiceView[],
  future: ClusterState,
): readonly PlannedStrand[] {
  const given = new Set<IpAddress>();
  const byUid = new Map(services.map((service) => [service.ref.uid, service]));
  return stranded.map(({ service: ref, ip, why }) => {
    const service = byUid.get(ref.uid);
    const fate = service === undefined ? '' : fateOf(service, future, given);
    return { service: nameOf(ref), ip, why: strandWords(why), fate };
  });
}

function fateOf(service: ServiceView, future: ClusterState, given: Set<IpAddress>): string {
  if (ipRequestOf(service).kind === 'ips') return 'pending: it requests this IP';
  const wanted = wantedFamilies(service, { primary: future.ledger.primaryFamily, dualStack: undefined });
  const pool = poolRequestOf(service);
  const wish = wanted && { service, ...wanted, avoid: given, ...(pool === undefined ? {} : { pool }) };
  const { pools } = future;
  const choice = wish === undefined || pools.kind === 'unknown' ? undefined : future.allocator.choose(wish);
  if (choice === undefined) return 'pending: no pool has an IP for it';
  for (const ip of choice.ips) given.add(ip);
  return `moves to pool ${choice.pool}`;
}

function misnamed(services: readonly ServiceView[], before: readonly SeenPool[], after: readonly SeenPool[]) {
  const gone = new Set(before.map(({ pool }) => pool.name));
  for (const { pool } of after) gone.delete(pool.name);
  return services.flatMap((service) => {
    const pool = poolRequestOf(service);
    return pool === undefined || !gone.has(pool) ? [] : [{ service: nameOf(service.ref), pool }];
  });
}
