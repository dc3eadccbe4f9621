import type { Hook } from '../review/admission-types.ts';
import { type JsonObject, objectAt, stringAt, stringMapAt } from '../review/json.ts';
import { poolToCore } from '../review/pool-to-core.ts';
import { serviceToView } from '../review/service-to-view.ts';
import { Admission } from './admission.ts';
import type { AdmissionParts } from './admission-parts.ts';
import { ClaimKeeper } from './claim-keeper.ts';
import { ClaimUpkeep, type UpkeepReport } from './claim-upkeep.ts';
import { ClusterState } from './cluster-state.ts';
import { MemoryClaims } from './memory-claims.ts';
import type { Ask, Hooks } from './play.ts';
import type { Clock } from './ports.ts';
import { Readiness } from './readiness.ts';
import type { Recording } from './recording.ts';
import { memoryStorage, type Storage, World } from './world.ts';

/** What a rehearsal decides with, besides the recording. */
export interface RehearsalOptions extends Pick<AdmissionParts, 'mode' | 'scope' | 'metallbUsers' | 'sink' | 'clock'> {
  /** Where the world keeps its Services; default: in memory. */
  readonly storage?: Storage;
}

/** A guard that is ready in the world of a recording: no cluster, and the real decision path. */
export interface Rehearsal {
  readonly admission: Admission;
  /** What is stored here the guard sees at once, as through a watch without delay. */
  readonly world: World;
  /** The claims as stored; none in audit. */
  readonly claims: MemoryClaims;
  /** Brings the claims in order, as a replica does from time to time. */
  readonly upkeep: () => Promise<void>;
}

/** Makes the world as it was when the recording began, and a guard in it that has adopted the IPs it found. */
export async function rehearse(recording: Recording, options: RehearsalOptions): Promise<Rehearsal> {
  const { storage = memoryStorage(recording.services), ...parts } = options;
  const { clock, scope, mode } = parts;
  const state = stateOf(recording, clock);
  const world = new World(recording.services, watched(storage, state));
  const read = async ({ namespace, name }: { readonly namespace: string; readonly name: string }) => {
    const found = world.find(namespace, name);
    return found === undefined ? ('gone' as const) : serviceToView(found);
  };
  const reader = { read };
  const claims = new MemoryClaims();
  const keeper = new ClaimKeeper({ ownership: state.ownership, store: claims, reader, clock });
  const readiness = new Readiness([]);
  const durable = mode === 'audit' ? { store: undefined, keeper: undefined } : { store: claims, keeper };
  const admission = new Admission({
    ...parts,
    ...durable,
    pin: 'create',
    nudges: undefined,
    requestConflict: 'warn' as const,
    state,
    readiness,
    reader,
  });
  const upkeep = new ClaimUpkeep({ state, store: claims, reader, clock, scope });
  const rehearsal = { admission, world, claims, upkeep: async () => inOrder(await upkeep.pass()) };
  if (mode !== 'audit') await rehearsal.upkeep();
  return rehearsal;
}

/** What a call may take, milliseconds; nothing in memory comes near it. */
const BUDGET_MS = 1000;

/** The guard's hooks, as its registration in this mode has them. */
export function hooksOf({ handle }: Admission, mode: RehearsalOptions['mode']): Hooks {
  const ask =
    (hook: Hook): Ask =>
    async (review) =>
      (await handle(review, { hook, budgetMs: BUDGET_MS })).body.response;
  return { mutate: mode === 'repair' ? ask('mutate') : undefined, validate: ask('validate') };
}

function inOrder({ failed: [first] }: UpkeepReport): void {
  if (first !== undefined) throw new Error(`the claim on ${first.ip} is not in order`, { cause: first.error });
}

/** Nothing in a rehearsal takes long enough to end a grace. */
const TERMS = { graceMs: 120_000, stickyMs: 3_600_000 };

function stateOf({ services, pools, namespaces }: Recording, clock: Clock): ClusterState {
  const state = new ClusterState(TERMS, clock);
  state.ledger.replaceAll(services.map(serviceToView), 0);
  state.replacePools(pools?.map(poolToCore));
  state.replaceNamespaces(namespaces.map(namespaceOf));
  return state;
}

function namespaceOf(namespace: JsonObject) {
  const metadata = objectAt(namespace, 'metadata');
  return { name: stringAt(metadata, 'name') ?? '', labels: stringMapAt(metadata, 'labels') };
}

function watched(storage: Storage, { ledger }: ClusterState): Storage {
  return {
    save: (service) => {
      const stored = storage.save(service);
      ledger.upsert(serviceToView(stored));
      return stored;
    },
    remove: (service) => {
      storage.remove(service);
      ledger.remove(stringAt(objectAt(service, 'metadata'), 'uid') ?? '');
    },
  };
}
