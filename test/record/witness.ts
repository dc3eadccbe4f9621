import { memoryStorage, type Storage } from '../../src/app/world.ts';
import type { JsonObject } from '../../src/review/json.ts';
import type { Service } from '../control-plane/kube-types.ts';
import { OwnerLedger, serviceKey } from '../control-plane/owner-ledger.ts';

/** Sees every change of a world, and counts without asking holdfast: who lost an IP, which IPs had two owners. */
export interface Witness {
  readonly ledger: OwnerLedger;
  /** Give this to the world. */
  readonly storage: Storage;
}

/** @param services as they are at the start @param storage where the world keeps its Services; default: in memory */
export function witness(services: readonly JsonObject[], storage: Storage = memoryStorage(services)): Witness {
  const ledger = new OwnerLedger();
  for (const service of services) ledger.set(asService(service), Date.now());
  return {
    ledger,
    storage: {
      save: (service) => {
        const stored = storage.save(service);
        ledger.set(asService(stored), Date.now());
        return stored;
      },
      remove: (service) => {
        storage.remove(service);
        ledger.delete(serviceKey(asService(service)));
      },
    },
  };
}

/** Services that lost an IP they had (`namespace/name`), and IPs that two had at some instant. */
export function harmIn({ moves, doubled }: OwnerLedger): {
  readonly moved: ReadonlySet<string>;
  readonly doubled: ReadonlySet<string>;
} {
  return { moved: new Set(moves.map(({ service }) => service)), doubled: new Set(doubled.map(({ ip }) => ip)) };
}

/** Recorded from an API server, so it is one. */
function asService(service: JsonObject): Service {
  return service as unknown as Service;
}
