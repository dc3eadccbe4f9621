import { ClaimKeeper } from '../app/claim-keeper.ts';
import { ClaimUpkeep, type UpkeepReport } from '../app/claim-upkeep.ts';
import type { ClusterState } from '../app/cluster-state.ts';
import { type MeasuredWrite, measuredClaims } from '../app/measured-claims.ts';
import { PoolCheck } from '../app/pool-check.ts';
import type { ClaimStore, Clock, ObjectEvent, ServiceReader } from '../app/ports.ts';
import type { Readiness } from '../app/readiness.ts';
import type { Scope } from '../core/facts.ts';
import { nameOf } from '../core/service-ref.ts';
import { ensureClaimCrd } from '../kube/claim-crd.ts';
import { claimStore } from '../kube/claim-store.ts';
import { explain } from '../kube/explain.ts';
import { followClaims } from '../kube/follow-claims.ts';
import type { KubeClient } from '../kube/kube-client.ts';
import { poolReader } from '../kube/readers.ts';
import { pause, systemClock } from '../kube/watch-clock.ts';
import type { SupervisedWatch, WatchState } from '../kube/watch-types.ts';
import type { Log } from '../telemetry/log.ts';
import { persist } from './persist.ts';

/** What the claims of a replica are made of. */
export interface ClaimsParts {
  readonly client: KubeClient;
  readonly state: ClusterState;
  readonly readiness: Readiness;
  readonly reader: ServiceReader;
  readonly clock: Clock;
  readonly scope: Scope;
  /** Where the pools are. */
  readonly metallbNamespace: string;
  readonly log: Log;
  /** Claims are followed until then. */
  readonly signal: AbortSignal;
  /** Nothing is brought in order after it: other replicas do that. */
  readonly leaving: AbortSignal;
  /** Writes an Event. */
  readonly tell: (event: ObjectEvent) => void;
  /** Install or update the CRD; otherwise it must be there. */
  readonly installCrd: boolean;
  readonly onState: (label: string, state: WatchState) => void;
  readonly onHandlerError: (error: unknown, where: string) => void;
  /** Hears of every write of a claim, and how many seconds it took. */
  readonly onWrite: (write: MeasuredWrite, seconds: number) => void;
  /** Is given the watch of claims once it runs. */
  readonly onWatch: (watch: SupervisedWatch) => void;
}

/** The durable side of a replica. */
export interface Claims {
  readonly store: ClaimStore;
  readonly keeper: ClaimKeeper;
  /** Adopts what has no claim, then keeps claims true until the signal. Resolves when it has stopped. */
  run(): Promise<void>;
}

const UPKEEP_EVERY_MS = 10_000;
/** After a deletion the claim is marked soon: other replicas then need not ask. */
const AFTER_REMOVAL_MS = 500;

/** Makes the claims of a replica; nothing happens before `run`. */
export function claimsOf(parts: ClaimsParts): Claims {
  const { client, state, reader, clock, scope, tell, log, metallbNamespace } = parts;
  const store = measuredClaims(claimStore(client), clock, parts.onWrite);
  const onFailure = (name: string, error: unknown) =>
    log.warn({ pool: name }, `a pool could not be read, it is believed to be as before: ${explain(error)}`);
  const pools = new PoolCheck({ state, reader: poolReader(client, metallbNamespace), onFailure });
  const keeper = new ClaimKeeper({ ownership: state.ownership, store, reader, clock, pools });
  const upkeep = new ClaimUpkeep({ state, store, reader, clock, scope, tell });
  return { store, keeper, run: () => run(parts, upkeep) };
}

async function run(parts: ClaimsParts, upkeep: ClaimUpkeep): Promise<void> {
  const { client, readiness, log, signal, leaving, installCrd } = parts;
  if (installCrd) await persist({ log, signal: leaving }, 'the CRD of IPClaims', () => ensureClaimCrd(client));
  if (leaving.aborted) return;
  const watch = follow(parts);
  parts.onWatch(watch);
  await readiness.untilMet(['services', 'pools', 'namespaces', 'claims'], leaving);
  await adopt(parts, upkeep);
  await keepTrue(parts, upkeep);
  await aborted(signal);
  await watch.stop();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function follow({ client, state, readiness, log, onState, onHandlerError }: ClaimsParts): SupervisedWatch {
  const { book } = state;
  return followClaims({
    client,
    onState,
    onHandlerError,
    onDamaged: (name) =>
      log.error({ name }, 'an IPClaim cannot be read: its IP is neither free nor held; mend or delete it'),
    sink: {
      replaceClaims: (claims, version) => {
        book.replaceAll(claims, version);
        readiness.met('claims');
      },
      putClaim: (claim) => book.put(claim),
      dropClaim: (ip, uid, version) => book.drop(ip, uid, version),
      absent: () =>
        log.warn({}, 'IPClaims do not exist in this cluster: install deploy/crds/ipclaims.yaml, or use --register'),
    },
  });
}

/** Claims for the IPs that were assigned before holdfast came, or while it was away. */
async function adopt({ readiness, log, leaving: signal }: ClaimsParts, upkeep: ClaimUpkeep): Promise<void> {
  for (const [ip, holders] of upkeep.duplicates()) {
    const names = holders.map(({ service }) => nameOf(service.ref));
    log.warn(
      { ip, holders: names },
      `${ip} has two owners already: ${names[0]} is rightful, the others keep it until they move`,
    );
  }
  while (!signal.aborted) {
    const report = await upkeep.pass();
    tellFailures(report, log);
    if (report.created > 0) log.info({ adopted: report.created }, 'adopted the IPs that were assigned before');
    if (report.failed.length === 0) break;
    await pause(systemClock, 1000, signal);
  }
  if (!signal.aborted) readiness.met('adoption');
}

async function keepTrue({ state, log, leaving: signal }: ClaimsParts, upkeep: ClaimUpkeep): Promise<void> {
  let wake = new AbortController();
  state.ledger.whenRemoved(() => {
    const woken = wake;
    setTimeout(() => woken.abort(), AFTER_REMOVAL_MS * (1 + Math.random())).unref();
  });
  signal.addEventListener('abort', () => wake.abort());
  while (!signal.aborted) {
    await pause(systemClock, UPKEEP_EVERY_MS * (0.75 + Math.random() / 2), wake.signal);
    if (signal.aborted) return;
    wake = new AbortController();
    const report = await upkeep.pass();
    tellFailures(report, log);
    const { created, updated, removed } = report;
    if (created + updated + removed > 0) log.debug({ created, updated, removed }, 'claims brought in order');
  }
}

function tellFailures({ failed }: UpkeepReport, log: Log): void {
  const [first] = failed;
  if (first === undefined) return;
  log.warn({ ip: first.ip, failed: failed.length }, `claims not in order yet, trying again: ${explain(first.error)}`);
}
