import { poolAdmits, poolOf } from '../../src/core/metallb/pool.ts';
import { ipRequestOf, poolRequestOf } from '../../src/core/metallb/request.ts';
import { familyOf } from '../../src/core/net/ip.ts';
import { nameOf } from '../../src/core/service-ref.ts';
import type { ServiceView } from '../../src/core/service-view.ts';
import { choicesFor } from './choices.ts';
import { missingOf, type Step } from './play-script.ts';
import type { Script } from './script.ts';
import type { Stage } from './stage.ts';

/** A Service that stands differently with and without the guard. No reason: nothing documented explains it. */
export interface Difference {
  readonly edit: number;
  readonly service: string;
  readonly reason: string | undefined;
  readonly unguarded: string;
  readonly guarded: string;
}

interface Pair {
  readonly number: number;
  /** All steps beside the guard until this one. */
  readonly past: readonly Step[];
  readonly edit: Script['edits'][number];
  readonly alone: Step;
  readonly guarded: Step;
  readonly previous: { readonly alone: Step | undefined; readonly guarded: Step | undefined };
  readonly history: readonly Difference[];
  /** Reasons of the guard's repairs so far, by Service. */
  readonly repaired: ReadonlyMap<string, string>;
  readonly version: Stage['version'];
}

/** Compares two plays of one script edit by edit. A Service's difference is told when it begins or changes. */
export function compareSteps(
  script: Script,
  alone: readonly Step[],
  guarded: readonly Step[],
  version: Stage['version'],
): readonly Difference[] {
  const found: Difference[] = [];
  const repaired = new Map<string, string>();
  for (const [number, edit] of script.edits.entries()) {
    const [a, g] = [alone[number], guarded[number]];
    if (a === undefined || g === undefined) continue;
    for (const { reason, service } of g.decisions) if (reason !== 'Pinned') repaired.set(service, reason);
    const previous = { alone: alone[number - 1], guarded: guarded[number - 1] };
    const past = guarded.slice(0, number);
    const pair: Pair = { number, past, edit, alone: a, guarded: g, previous, history: found, repaired, version };
    const last = new Map(found.map((difference) => [difference.service, difference]));
    for (const difference of differencesOf(pair)) {
      const before = last.get(difference.service);
      const isNew = before?.unguarded !== difference.unguarded || before.guarded !== difference.guarded;
      if (isNew || (difference.reason === undefined && before.reason !== undefined)) found.push(difference);
    }
  }
  return found;
}

function differencesOf(pair: Pair): readonly Difference[] {
  const names = new Set([...pair.alone.services, ...pair.guarded.services].map(({ ref }) => nameOf(ref)));
  return [...names].flatMap((service) => {
    const [unguarded, guarded] = [shape(pair.alone, service), shape(pair.guarded, service)];
    if (unguarded === guarded) return [];
    return [{ edit: pair.number, service, reason: explain(pair, service), unguarded, guarded }];
  });
}

/** What must be the same: pool, families, whether the request is honoured, and with whom the IP is shared. */
function shape(step: Step, name: string): string {
  const view = find(step, name);
  if (view === undefined) return 'no LoadBalancer';
  if (view.assigned.length === 0) return 'pending';
  const pools = new Set(view.assigned.map((ip) => poolOf(step.pools, ip)?.name ?? 'no pool'));
  const families = view.assigned.map((ip) => (ip.includes(':') ? 'IPv6' : 'IPv4'));
  const request = ipRequestOf(view);
  const honoured = request.kind === 'ips' && request.ips.join() === view.assigned.join() ? ' as requested' : '';
  const partners = step.services.filter((s) => s !== view && s.assigned.some((ip) => view.assigned.includes(ip)));
  const shared =
    partners.length === 0
      ? ''
      : ` with ${partners
          .map(({ ref }) => ref.name)
          .sort()
          .join()}`;
  return `${[...pools].join()} ${families.sort().join('+')}${honoured}${shared}`;
}

/** The documented reason of a difference; undefined when there is none. */
function explain(pair: Pair, name: string): string | undefined {
  const [alone, guarded] = [find(pair.alone, name), find(pair.guarded, name)];
  if (guarded !== undefined && guarded.assigned.length === 0) return explainPending(pair, name);
  if (guarded === undefined || alone === undefined) return undefined;
  if (lacksFamily(pair, alone, guarded)) return undefined;
  const repair = pair.repaired.get(name);
  if (repair === 'Restored' && alone.assigned.length === 0) return 'Restored: MetalLB could not meet the request';
  if (isAgainstPoolRequest(pair.guarded, guarded) && !isAgainstPoolRequest(pair.alone, alone)) return undefined;
  if (isAgainstRequest(guarded) && !isAgainstRequest(alone)) return explainRequest(pair, guarded);
  if (repair !== undefined) return repair;
  const before = pair.previous.guarded && find(pair.previous.guarded, name);
  if (before !== undefined && before.assigned.length > 0 && before.assigned.join() === guarded.assigned.join())
    return alone.assigned.length === 0 ? 'Kept: MetalLB alone lost it' : 'Kept: MetalLB alone moved it';
  if (pair.edit.what === 're-create' || isKeptForAnother(pair, alone)) return 'Sticky';
  if (sameRank(pair, alone, guarded)) return 'Tie of pools';
  if (pair.history.some(({ edit }) => edit < pair.number)) return 'Follows from an earlier difference';
  return pair.guarded.decisions.length > 0 && sharesOnly(pair, name) ? 'Sharing is best effort' : undefined;
}

/** Never right while there is a legal IP; otherwise somebody keeps the IP that is short. */
function explainPending({ guarded, version, history, number, alone }: Pair, name: string): string | undefined {
  const view = find(guarded, name);
  if (view === undefined || missingOf(guarded.services, guarded.pools, version).includes(name)) return undefined;
  const request = ipRequestOf(view);
  const wanted = request.kind === 'ips' ? request.ips : [];
  if (guarded.services.some((s) => s !== view && s.assigned.some((ip) => wanted.includes(ip)))) return 'RequestTaken';
  if (history.some(({ edit }) => edit < number)) return 'Follows from an earlier difference';
  const shares = view.sharing.key !== '' || alone.services.some(({ sharing }) => sharing.key !== '');
  return shares ? 'Sharing is best effort' : undefined;
}

function explainRequest({ guarded }: Pair, view: ServiceView): string | undefined {
  const request = ipRequestOf(view);
  const wanted = request.kind === 'ips' ? request.ips : [];
  const taken = guarded.services.some((s) => s !== view && s.assigned.some((ip) => wanted.includes(ip)));
  return taken ? 'RequestTaken' : undefined;
}

function isAgainstRequest(view: ServiceView): boolean {
  const request = ipRequestOf(view);
  return request.kind === 'ips' && request.ips.join() !== view.assigned.join();
}

function isAgainstPoolRequest({ pools }: Step, view: ServiceView): boolean {
  const wanted = poolRequestOf(view);
  return wanted !== undefined && view.assigned.some((ip) => poolOf(pools, ip)?.name !== wanted);
}

/** Both pools were open to the Service and equal for MetalLB, which then throws a die. */
function sameRank({ alone: { pools } }: Pair, alone: ServiceView, guarded: ServiceView): boolean {
  const homes = [alone, guarded].map(({ assigned: [ip] }) => (ip === undefined ? undefined : poolOf(pools, ip)));
  const [one, other] = homes;
  if (one === undefined || other === undefined || pools.kind === 'unknown') return false;
  const admitted = [one, other].every((pool) => poolAdmits(pool, guarded, pools.namespaces));
  return one !== other && admitted && one.allocation?.priority === other.allocation?.priority;
}

/** MetalLB alone gave both families, and beside the guard the second one is free in the pool of the first. */
function lacksFamily({ guarded, version }: Pair, alone: ServiceView, view: ServiceView): boolean {
  const [ip] = view.assigned;
  const home = ip && poolOf(guarded.pools, ip);
  if (home === undefined || alone.assigned.length <= view.assigned.length) return false;
  const families = alone.assigned.map(familyOf).filter((family) => !view.assigned.map(familyOf).includes(family));
  const others = guarded.services.filter((other) => other !== view);
  return choicesFor(view, { pools: guarded.pools, others, version }, { families, pool: home.name }).length > 0;
}

/** An IP of the pool that MetalLB alone used is kept for a Service that is gone for the moment. */
function isKeptForAnother({ past, guarded, alone: { pools } }: Pair, { assigned }: ServiceView): boolean {
  const homes = assigned.map((ip) => poolOf(pools, ip)?.name);
  const gone = past.flatMap(({ services }) => services).filter(({ ref }) => find(guarded, nameOf(ref)) === undefined);
  return gone.some((service) => service.assigned.some((ip) => homes.includes(poolOf(pools, ip)?.name)));
}

function sharesOnly({ alone, guarded }: Pair, name: string): boolean {
  const bare = (step: Step) => shape(step, name).replace(/ with .*/, '');
  return bare(alone) === bare(guarded);
}

function find({ services }: Step, name: string): ServiceView | undefined {
  return services.find(({ ref }) => nameOf(ref) === name);
}
