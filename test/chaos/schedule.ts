import type { MetallbVersion } from '../control-plane/versions.ts';
import { Random } from '../parity/random.ts';

/** What goes wrong. Durations in milliseconds; `replica` is 0 or 1. */
export type Fault =
  /** Killed, or told to stop and waited for; started again after the time. */
  | {
      readonly kind: 'kill replica' | 'restart replica' | 'pause replica';
      readonly replica: number;
      readonly forMs: number;
    }
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
  | { readonly kind: 'kill API server' | 'pause API server'; readonly forMs: number }
  | { readonly kind: 'kill etcd' | 'pause etcd'; readonly forMs: number };

/** What a user does. Names are `w0`, `w1`, …; `number` makes an IP that nobody else asks for. */
export type UserEdit =
  | {
      readonly kind: 'create' | 'delete' | 're-create' | 'to ClusterIP' | 'to LoadBalancer' | 'no request';
      readonly name: string;
    }
  | { readonly kind: 'create requesting' | 'request'; readonly name: string; readonly number: number }
  | { readonly kind: 'create sharing'; readonly name: string; readonly number: number }
  | { readonly kind: 'add port'; readonly name: string; readonly number: number }
  | { readonly kind: 'grow pool' | 'shrink pool'; readonly number: number };

/** Every kind of fault: {@link DEALT} in turn are in each schedule, so that any ten seeds in a row have them all. */
export const FAULT_KINDS: readonly Fault['kind'][] = [
  'kill replica',
  'stall line',
  'kill MetalLB',
  'pause API server',
  'forbid claims',
  'pause replica',
  'second MetalLB',
  'kill etcd',
  'cut line',
  'jump clock',
  'stall webhook',
  'kill API server',
  'restart replica',
  'slow line',
  'pause MetalLB',
  'pause etcd',
  'cut webhook',
];

/** Every kind of edit. */
export const EDIT_KINDS: readonly UserEdit['kind'][] = [
  'create',
  'delete',
  're-create',
  'create requesting',
  'create sharing',
  'to ClusterIP',
  'to LoadBalancer',
  'request',
  'no request',
  'add port',
  'grow pool',
  'shrink pool',
];

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
/** Of these. */
const DEALT = 2;
const EDITS = 60;
const CLOCK_JUMPS_MS = [-3_600_000, -90_000, 90_000, 3_600_000, 86_400_000];

/** The schedule of a seed: the same on every machine. */
export function scheduleOf(seed: number): Schedule {
  const random = new Random(seed);
  const metallb = random.pick(VERSIONS);
  const faults = Array.from({ length: FAULTS }, (_, i) => {
    const kind = i < DEALT ? FAULT_KINDS[(seed * DEALT + i) % FAULT_KINDS.length] : undefined;
    return {
      atMs: random.below(LASTS_MS),
      who: 'fate' as const,
      fault: faultOf(kind ?? random.pick(FAULT_KINDS), random),
    };
  });
  const times = Array.from({ length: EDITS }, () => random.below(LASTS_MS)).sort((a, b) => a - b);
  const edits = times.map((atMs, number) => ({ atMs, who: 'user' as const, edit: randomEdit(random, number) }));
  const happenings = [...faults, ...edits].sort((a, b) => a.atMs - b.atMs);
  return { seed, metallb, services: SERVICES, happenings };
}

function faultOf(kind: Fault['kind'], random: Random): Fault {
  const replica = random.below(2);
  const forMs = 500 + random.below(7_000);
  switch (kind) {
    case 'kill replica':
    case 'restart replica':
    case 'pause replica':
    case 'stall line':
      return { kind, replica, forMs };
    case 'cut line':
      return { kind, replica };
    case 'slow line':
      return { kind, replica, forMs, latencyMs: 100 + random.below(900) };
    case 'jump clock':
      return { kind, replica, byMs: random.pick(CLOCK_JUMPS_MS) };
    case 'cut webhook':
      return { kind };
    case 'kill API server':
      return { kind, forMs: random.below(2_000) };
    case 'stall webhook':
    case 'forbid claims':
    case 'kill MetalLB':
    case 'pause MetalLB':
    case 'second MetalLB':
    case 'pause API server':
    case 'kill etcd':
    case 'pause etcd':
      return { kind, forMs };
  }
}

/** Deletions, new Services and old names again are the most frequent. @param number unique in the schedule */
function randomEdit(random: Random, number: number): UserEdit {
  const old = `w${random.below(SERVICES)}`;
  const name = random.chance(50) ? old : `w${SERVICES + random.below(EDITS)}`;
  const dice = random.below(100);
  if (dice < 20) return { kind: 'delete', name };
  if (dice < 45) return { kind: 'create', name };
  if (dice < 55) return { kind: 're-create', name: old };
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
