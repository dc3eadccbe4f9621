import { type JsonObject, objectAt, stringAt, stringMapAt } from '../review/json.ts';
import { poolToCore } from '../review/pool-to-core.ts';
import { serviceToView } from '../review/service-to-view.ts';
import { Admission } from './admission.ts';
import type { AdmissionParts } from './admission-parts.ts';
import { ClaimKeeper } from './claim-keeper.ts';
import { ClusterState } from './cluster-state.ts';
import { MemoryClaims } from './memory-claims.ts';
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
}

/** Makes the world as it was when the recording began, and a guard in it. */
export function rehearse(recording: Recording, options: RehearsalOptions): Rehearsal {
  const { storage = memoryStorage(recording.services), ...parts } = options;
  const state = stateOf(recording, parts.clock);
  const world = new World(recording.services, watched(storage, state));
  const read = async ({ namespace, name }: { readonly namespace: string; readonly name: string }) => {
    const found = world.find(namespace, name);
    return found === undefined ? ('gone' as const) : serviceToView(found);
  };
  const reader = { read };
  const store = new MemoryClaims();
  const keeper = new ClaimKeeper({ ownership: state.ownership, store, reader, clock: parts.clock });
  const claims = parts.mode === 'audit' ? { store: undefined, keeper: undefined } : { store, keeper };
  const admission = new Admission({
    ...parts,
    ...claims,
    pin: 'create',
    nudges: undefined,
    state,
    readiness: new Readiness([]),
    reader,
  });
  return { admission, world };
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
