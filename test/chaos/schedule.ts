import type { MetallbVersion } from '../control-plane/versions.ts';
import { Random } from '../parity/random.ts';

/** What goes wrong. Durations in milliseconds; `replica` is 0 or 1. */
export type Fault =
  | { readonly kind: 'kill replica' | 'pause replica'; readonly replica: number; readonly forMs: number }
  /** The connections of a replica to the API server: all broken, silent, or slow (claim writes included). */
  | { readonly kind: 'cut line'; readonly replica: number }
  | { readonly kind: 'stall line'; readonly replica: number; readonly forMs: number }
  | { readonly kind: 'slow line'; readonly replica: number; readonly forMs: number; readonly latencyMs: number }
  /** The connections of the API server to the webhook. */
  | { readonly kind: 'cut webhook' }
  | { readonly kind: 'stall webhook'; readonly forMs: number }
  /** No replica may write claims. */
  | { readonly kind: 'forbid claims'; readonly forMs: number }
  | { readonly kind: 'jump clock'; readonly replica: number; readonly byMs: number }
  | { readonly kind: 'kill MetalLB' | 'pause MetalLB' | 'second MetalLB'; readonly forMs: number }
  | { readonly kind: 'kill API server'; readonly forMs: number }
  | { readonly kind: 'kill etcd' | 'pause etcd'; readonly forMs: number };

/** What a user does. Names are `w0`, `w1`, …; `number` makes an IP that nobody else asks for. */
export type UserEdit =
  | { readonly kind: 'create' | 'delete' | 'to ClusterIP' | 'to LoadBalancer' | 'no request'; readonly name: string }
  | { readonly kind: 'create requesting' | 'request'; readonly name: string; readonly number: number }
  | { readonly kind: 'create sharing'; readonly name: string; readonly number: number }
  | { readonly kind: 'add port'; readonly name: string; readonly number: number }
  | { readonly kind: 'grow pool' | 'shrink pool'; readonly number: number };

/** One thing that happens, this many milliseconds after the start. */
export type Happening = { readonly atMs: number } & (
  | { readonly who: 'fate'; readonly fault: Fault }
  | { readonly who: 'user'; readonly edit: UserEdit }
);

export interface Schedule {
  readonly seed: number;
  readonly metallb: MetallbVersion;
  /** Services that have their IPs before anything happens. */
  readonly services: number;
  /** In order of time. */
  readonly happenings: readonly Happening[];
}

const VERSIONS: readonly MetallbVersion[] = ['0.13.12', '0.14.5', '0.15.3', '0.16.1'];
const SERVICES = 25;
export const LASTS_MS = 20_000;
const FAULTS = 6;
const EDITS = 60;
const CLOCK_JUMPS_MS = [-3_600_000, -90_000, 90_000, 3_600_000, 86_400_000];

/** The schedule of a seed: the same on every machine. */
export function scheduleOf(seed: number): Schedule {
  const random = new Random(seed);
  const metallb = random.pick(VERSIONS);
  const faults = Array.from({ length: FAULTS }, () => ({
    atMs: random.below(LASTS_MS),
    who: 'fate' as const,
    fault: randomFault(random),
  }));
  const times = Array.from({ length: EDITS }, () => random.below(LASTS_MS)).sort((a, b) => a - b);
  const edits = times.map((atMs, number) => ({ atMs, who: 'user' as const, edit: randomEdit(random, number) }));
  const happenings = [...faults, ...edits].sort((a, b) => a.atMs - b.atMs);
  return { seed, metallb, services: SERVICES, happenings };
}

function randomFault(random: Random): Fault {
  const replica = random.below(2);
  const forMs = 500 + random.below(7_000);
  const makers: readonly (() => Fault)[] = [
    () => ({ kind: random.pick(['kill replica', 'pause replica'] as const), replica, forMs }),
    () => ({ kind: 'cut line', replica }),
    () => ({ kind: 'stall line', replica, forMs }),
    () => ({ kind: 'slow line', replica, forMs, latencyMs: 100 + random.below(900) }),
    () => ({ kind: 'cut webhook' }),
    () => ({ kind: 'stall webhook', forMs }),
    () => ({ kind: 'forbid claims', forMs }),
    () => ({ kind: 'jump clock', replica, byMs: random.pick(CLOCK_JUMPS_MS) }),
    () => ({ kind: random.pick(['kill MetalLB', 'pause MetalLB', 'second MetalLB'] as const), forMs }),
    () => ({ kind: random.pick(['kill MetalLB', 'second MetalLB'] as const), forMs }),
    () => ({ kind: 'kill API server', forMs: random.below(2_000) }),
    () => ({ kind: random.pick(['kill etcd', 'pause etcd'] as const), forMs }),
  ];
  return random.pick(makers)();
}

/** Deletions, new Services and old names again are the most frequent. @param number unique in the schedule */
function randomEdit(random: Random, number: number): UserEdit {
  const old = `w${random.below(SERVICES)}`;
  const name = random.chance(50) ? old : `w${SERVICES + random.below(EDITS)}`;
  const dice = random.below(100);
  if (dice < 25) return { kind: 'delete', name };
  if (dice < 55) return { kind: 'create', name };
  if (dice < 62) return { kind: 'create requesting', name, number };
  if (dice < 70) return { kind: 'create sharing', name, number };
  if (dice < 76) return { kind: 'to ClusterIP', name: old };
  if (dice < 82) return { kind: 'to LoadBalancer', name: old };
  if (dice < 87) return { kind: 'request', name: old, number };
  if (dice < 91) return { kind: 'no request', name: old };
  if (dice < 95) return { kind: 'add port', name, number };
  return { kind: random.pick(['grow pool', 'shrink pool'] as const), number };
}

/** A happening in a few words, for the log. */
export function describe(happening: Happening): string {
  if (happening.who === 'user') {
    const { kind, ...about } = happening.edit;
    return `user: ${kind} ${Object.values(about).join(' ')}`;
  }
  const { kind, ...about } = happening.fault;
  const details = Object.entries(about).map(([key, value]) => `${key} ${value}`);
  return `fate: ${[kind, ...details].join(', ')}`;
}
