import { poolAdmits, poolOf } from '../../src/core/metallb/pool.ts';
import { ipRequestOf } from '../../src/core/metallb/request.ts';
import { familyOf, type IpAddress } from '../../src/core/net/ip.ts';
import { nameOf } from '../../src/core/service-ref.ts';
import type { ServiceView } from '../../src/core/service-view.ts';
import type { Stage } from './stage.ts';
import { find, type Step } from './step.ts';
import { canBeMet, isMet } from './wishes.ts';

/** One edit in both plays. Until this edit nobody stood differently, but for those who ask in vain. */
export interface Pair {
  readonly number: number;
  readonly alone: Step;
  readonly guarded: Step;
  /** All earlier steps, the last one at the end. */
  readonly past: readonly { readonly alone: Step; readonly guarded: Step }[];
  readonly version: Stage['version'];
  readonly isSticky: boolean;
  /** What MetalLB's memory keeps for Services that ask in vain, each as a Service that has it. */
  readonly remembered?: readonly ServiceView[];
}

/**
 * The named reasons for which a Service may stand differently beside the guard. Each is proven from what is seen in this
 * very edit and from who had an IP before; none excuses what merely comes later.
 */
export type Because =
  /** It asks for what cannot be had: MetalLB alone takes its IP away, holdfast does not (scenarios 8, 10, 11, 12, 27, 29). */
  | 'RequestUnmet'
  /** MetalLB alone moved or lost its IP, and it asks for nothing that it does not have (scenarios 6, 18, 27, 28, 31). */
  | 'Kept'
  /** An IP waits for the name of a Service that is gone or no LoadBalancer, or came back to it (scenarios 23, 24, 25). */
  | 'Sticky'
  /** What it has alone is requested by another Service, which cannot have it yet: holdfast gives it to nobody else (4). */
  | 'Requested'
  /** It waits for an IP that MetalLB's memory keeps for a Service that asks in vain (scenario 27). */
  | 'Remembered'
  /** Two pools are equal for MetalLB, which throws a die. */
  | 'Tie'
  /** Several Services waited for the same IP; MetalLB takes them in no order. */
  | 'Turn'
  /** The IP that it has alone belongs, beside the guard, to a Service that stands differently for one of the above. */
  | 'Domino';

/** @returns the reason that holds for this Service by itself */
export function ownReason(pair: Pair, name: string): Because | undefined {
  const [alone, guarded] = [find(pair.alone, name), find(pair.guarded, name)];
  if (alone === undefined || guarded === undefined) return undefined;
  const at = { pools: pair.guarded.pools, version: pair.version, others: othersOf(pair, guarded) };
  if (!isMet(guarded, at)) {
    if (canBeMet(guarded, at)) return undefined;
    if (keeps(pair, guarded)) return 'RequestUnmet';
  }
  if (keeps(pair, guarded) && !keepsAlone(pair, alone)) return 'Kept';
  if (isSticky(pair, alone, guarded)) return 'Sticky';
  if (isRequested(pair, alone)) return 'Requested';
  if (guarded.assigned.length === 0 && isRemembered(pair, alone)) return 'Remembered';
  if (isTie(pair, alone, guarded)) return 'Tie';
  return isTurn(pair, alone, guarded) ? 'Turn' : undefined;
}

function othersOf({ guarded: { services }, remembered = [] }: Pair, view: ServiceView): readonly ServiceView[] {
  return [...services, ...remembered].filter(({ ref }) => ref.uid !== view.ref.uid);
}

function isRemembered({ remembered = [] }: Pair, alone: ServiceView): boolean {
  return remembered.some(({ assigned }) => assigned.some((ip) => alone.assigned.includes(ip)));
}

/** Beside the guard it still has the IPs that it had before this edit. */
function keeps({ past }: Pair, guarded: ServiceView): boolean {
  const before = past.at(-1)?.guarded;
  const had = before === undefined ? [] : (find(before, nameOf(guarded.ref))?.assigned ?? []);
  return had.length > 0 && guarded.assigned.length > 0 && staysWithin(had, guarded.assigned);
}

/** Of each family that is there before and afterwards, the IP is the same; families may come and go. */
function staysWithin(had: readonly IpAddress[], has: readonly IpAddress[]): boolean {
  return has.every((ip) => had.includes(ip) || !had.some((old) => familyOf(old) === familyOf(ip)));
}

function keepsAlone({ past }: Pair, alone: ServiceView): boolean {
  const before = past.at(-1)?.alone;
  const had = before === undefined ? [] : (find(before, nameOf(alone.ref))?.assigned ?? []);
  return alone.assigned.length > 0 && staysWithin(had, alone.assigned);
}

/**
 * What it has alone waits for another name beside the guard; or it has what its own name had before. Without stickiness
 * only a Service that becomes a LoadBalancer again comes back to its IP.
 */
function isSticky({ past, guarded: now, isSticky: isOn }: Pair, alone: ServiceView, guarded: ServiceView): boolean {
  const name = nameOf(guarded.ref);
  const once = past.flatMap(({ guarded: { services } }) => services);
  const waits = once.filter(({ ref }) => nameOf(ref) !== name && find(now, nameOf(ref)) === undefined);
  const last = past.at(-1)?.guarded;
  const wasAway = last !== undefined && find(last, name) === undefined;
  const mine = once.filter(({ ref }) => nameOf(ref) === name && (ref.uid === guarded.ref.uid ? wasAway : isOn));
  return (
    (isOn && alone.assigned.some((ip) => waits.some(({ assigned }) => assigned.includes(ip)))) ||
    guarded.assigned.some((ip) => mine.some(({ assigned }) => assigned.includes(ip)))
  );
}

function isRequested({ guarded: { services } }: Pair, alone: ServiceView): boolean {
  return services.some((other) => {
    const request = ipRequestOf(other);
    const isOther = nameOf(other.ref) !== nameOf(alone.ref);
    return (
      isOther &&
      request.kind === 'ips' &&
      request.ips.some((ip) => alone.assigned.includes(ip) && !other.assigned.includes(ip))
    );
  });
}

/** Both got their IPs just now, from pools that were open to them and are equal for MetalLB. */
function isTie({ alone: { pools } }: Pair, alone: ServiceView, guarded: ServiceView): boolean {
  const [one, other] = [alone, guarded].map(({ assigned: [ip] }) => (ip === undefined ? undefined : poolOf(pools, ip)));
  if (one === undefined || other === undefined || pools.kind === 'unknown') return false;
  const admitted = [one, other].every((pool) => poolAdmits(pool, guarded, pools.namespaces));
  const isOpen = (pool: typeof one) => pool.allocation === undefined;
  return (
    one !== other &&
    admitted &&
    isOpen(one) === isOpen(other) &&
    one.allocation?.priority === other.allocation?.priority
  );
}

/** It waited before this edit, as did the one that has its IP now. */
function isTurn(pair: Pair, alone: ServiceView, guarded: ServiceView): boolean {
  const waited = (view: ServiceView | undefined) => {
    const before = pair.past.at(-1)?.guarded;
    return view !== undefined && before !== undefined && find(before, nameOf(view.ref))?.assigned.length === 0;
  };
  const has = (step: Step, ips: readonly string[]) =>
    step.services.find(
      ({ ref, assigned }) => nameOf(ref) !== nameOf(alone.ref) && assigned.some((ip) => ips.includes(ip)),
    );
  return waited(guarded) && (waited(has(pair.guarded, alone.assigned)) || waited(has(pair.alone, guarded.assigned)));
}
