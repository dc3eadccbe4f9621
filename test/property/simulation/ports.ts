import { AsyncLocalStorage } from 'node:async_hooks';
import { ClusterError } from '../../../src/app/cluster-error.ts';
import type { ClaimStore, ServiceReader } from '../../../src/app/ports.ts';
import type { Claim } from '../../../src/core/claims/claim.ts';
import type { Cluster } from './cluster.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimClock } from './sim-clock.ts';
import { viewOf } from './sim-service.ts';

/** True within an admission call that must leave no trace. */
export const withinDryRun = new AsyncLocalStorage<boolean>();

/** How a call to the API server goes wrong: before it has an effect, or after. */
export type Fault = 'lost' | 'answer-lost';

/** What a replica reaches the API server with. */
export interface Line {
  readonly name: string;
  readonly alive: boolean;
  readonly scheduler: Scheduler;
  readonly clock: SimClock;
  readonly cluster: Cluster;
  /** Faults of the next calls, the next one first. */
  readonly faults: Fault[];
  /** Hears of what must never happen. */
  readonly onViolation: (what: string) => void;
}

/** After this a call is given up; it may still have had its effect. */
const CALL_MS = 2_000;

/** One call over the line: it travels, has its effect at one moment, and the answer travels back. */
export async function call<T>(line: Line, what: string, effect: () => T): Promise<T> {
  if (!line.alive) throw new ClusterError(`${line.name} is dead`);
  const until = line.clock.now() + CALL_MS;
  const fault = line.faults.shift();
  await line.scheduler.wait(line.name, fault === undefined ? what : `${what} (${fault})`);
  if (fault === 'lost') throw new ClusterError(`${what}: connection refused`);
  const late = line.clock.now() >= until;
  if (late) throw new ClusterError(`${what}: no answer in time`);
  const result = effect();
  await line.scheduler.wait(line.name, `has the answer: ${what}`);
  if (!line.alive) throw new ClusterError(`${line.name} is dead`);
  if (fault === 'answer-lost' || line.clock.now() >= until) throw new ClusterError(`${what}: the answer got lost`);
  return result;
}

/** Reads Services as they are stored at one moment of the call. */
export function readerOver(line: Line): ServiceReader {
  return {
    read: ({ name }) =>
      call(line, `reads ${name}`, () => {
        const found = line.cluster.services.get(name);
        return found === undefined ? 'gone' : viewOf(found);
      }),
  };
}

/** Claims with the API server's rules: one object per IP, and an update or a removal only of what was read. */
export function claimsOver(line: Line): ClaimStore {
  const { cluster } = line;
  return {
    read: (ip) => call(line, `reads claim ${ip}`, () => cluster.claims.get(ip)),
    create: (claim) =>
      write(line, `creates claim ${claim.ip}`, () =>
        cluster.claims.has(claim.ip) ? 'exists' : cluster.putClaim({ ...claim, uid: cluster.newUid() }),
      ),
    update: (claim) => write(line, `updates claim ${claim.ip}`, () => update(cluster, claim)),
    remove: (claim) =>
      write(line, `removes claim ${claim.ip}`, () => {
        const stored = same(cluster, claim);
        if (typeof stored === 'string') return stored;
        cluster.removeClaim(stored);
        return 'removed';
      }),
  };
}

function update(cluster: Cluster, claim: Claim): Claim | 'conflict' | 'gone' {
  const stored = same(cluster, claim);
  return typeof stored === 'string' ? stored : cluster.putClaim(claim);
}

function same(cluster: Cluster, { ip, uid, version }: Claim): Claim | 'conflict' | 'gone' {
  const stored = cluster.claims.get(ip);
  if (stored === undefined || stored.uid !== uid) return 'gone';
  return stored.version === version ? stored : 'conflict';
}

export function write<T>(line: Line, what: string, effect: () => T): Promise<T> {
  if (withinDryRun.getStore() === true) line.onViolation(`dry run: ${line.name} ${what}`);
  return call(line, what, effect);
}
