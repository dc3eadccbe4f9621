import { setTimeout as delay } from 'node:timers/promises';
import type { Service } from '../control-plane/kube-types.ts';
import { serviceIps } from '../control-plane/services.ts';
import type { Arena } from './arena.ts';

/** Time to come to rest after the last fault has ended: MetalLB's waits after refused writes are the longest part. */
const REST_MS = 180_000;
const QUIET_MS = 5_000;
/** The grace of the arena, the period of the upkeep, and time to work. */
const CLAIMS_MS = 60_000;

/** A claim, as far as it is judged. A holder that is gone waits for its name, also beside others that share the IP. */
export interface IpClaim {
  readonly spec: {
    readonly ip: string;
    readonly holders: readonly {
      readonly namespace: string;
      readonly name: string;
      readonly uid: string;
      readonly goneSince?: string;
    }[];
  };
}

/**
 * Waits until the arena is at rest, and says which invariants of the design were violated (I1, I2: at any time; I3, I5: at
 * rest; I4, I6 are I1–I5 under the faults and with two of everything).
 */
export async function judge(arena: Arena): Promise<readonly string[]> {
  const { observer } = arena;
  const assigned = await observer.waitUntil(({ pending }) => pending.size === 0, REST_MS);
  const quiet = await observer.waitForQuiet(QUIET_MS, REST_MS);
  const { moves, doubled, pending } = observer.snapshot();
  const claims = await wrongClaims(arena);
  return [
    ...doubled.map(({ ip, services }) => `I1: ${ip} had two owners: ${services.join(' and ')}`),
    ...moves.map((move) => `I2: ${move.service} moved from ${move.old.join()} to ${move.new.join() || 'nothing'}`),
    ...(assigned && pending.length === 0 ? [] : [`I3: still pending: ${pending.join(', ')}`]),
    ...(quiet ? [] : ['I3: Services still change']),
    ...claims,
  ];
}

/** Waits until claims and statuses agree. @returns where they do not in the end */
async function wrongClaims(arena: Arena): Promise<readonly string[]> {
  for (const until = Date.now() + CLAIMS_MS; ; await delay(500)) {
    const wrong = await compareClaims(arena);
    if (wrong.length === 0 || Date.now() > until) return wrong;
  }
}

async function compareClaims({ cluster, observer }: Arena): Promise<readonly string[]> {
  const { items } = await cluster.client().list<IpClaim>('/apis/holdfast.dev/v1alpha1/ipclaims');
  return mismatches(items, observer.ledger.services());
}

/** @returns which IPs have no claim, and which claims nobody has the IP of and nobody waits for */
export function mismatches(claims: readonly IpClaim[], services: readonly Service[]): readonly string[] {
  const held = new Set(
    claims.flatMap(({ spec: { ip, holders } }) =>
      holders
        .filter(({ goneSince }) => goneSince === undefined)
        .map(({ namespace, name, uid }) => `${ip} ${namespace}/${name} ${uid}`),
    ),
  );
  const assigned = new Set(
    services.flatMap((service) =>
      serviceIps(service).map((ip) => `${ip} default/${service.metadata.name} ${service.metadata.uid}`),
    ),
  );
  return [
    ...[...assigned].filter((one) => !held.has(one)).map((one) => `I5: no claim for ${one}`),
    ...[...held].filter((one) => !assigned.has(one)).map((one) => `I5: a claim without an IP: ${one}`),
  ];
}
