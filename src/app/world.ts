import { isObject, type JsonObject, objectAt, stringAt } from '../review/json.ts';

/** Where a {@link World} keeps its Services. */
export interface Storage {
  /** @returns the Service as stored, with its new resourceVersion */
  save(service: JsonObject): JsonObject;
  remove(service: JsonObject): void;
}

/**
 * What the API server would hold if recorded writes were offered to it one by one. A recording was made without a
 * guard; once the guard refuses a write, the next writes to that Service meet another state than the recorded one. The
 * status, which is what a guard decides about, is therefore this world's; everything else of a Service is its owner's
 * and is taken as it was recorded.
 */
export class World {
  readonly #byUid = new Map<string, JsonObject>();
  readonly #storage: Storage;

  /** @param services as stored at the start @param storage told of every change; default: none but this world */
  constructor(services: readonly JsonObject[], storage: Storage = memoryStorage(services)) {
    for (const service of services) this.#byUid.set(uidOf(service), service);
    this.#storage = storage;
  }

  /** Every Service as it is now. */
  services(): readonly JsonObject[] {
    return [...this.#byUid.values()];
  }

  /** @returns the Service as it is now; undefined when there is none of that name */
  find(namespace: string, name: string): JsonObject | undefined {
    return this.services().find((service) => {
      const metadata = objectAt(service, 'metadata');
      return metadata.namespace === namespace && metadata.name === name;
    });
  }

  /**
   * The recorded write of a status as it would read in this world; undefined when it changes nothing here, so that the
   * API server would not ask (the hook's matchConditions). A Service that the start does not list is taken from the
   * recorded oldObject.
   */
  offer(review: JsonObject): JsonObject | undefined {
    const request = objectAt(review, 'request');
    const oldObject = this.#here(objectAt(request, 'oldObject'));
    const wanted = objectAt(request, 'object');
    const metadata = { ...objectAt(oldObject, 'metadata'), annotations: objectAt(wanted, 'metadata').annotations };
    const object = { ...oldObject, metadata, status: wanted.status };
    if (ipTexts(oldObject) === ipTexts(object)) return undefined;
    return { ...review, request: { ...request, oldObject, object } };
  }

  /** Stores what an offered review writes, with its patch already applied if there was one. @returns the stored object */
  store(review: JsonObject): JsonObject {
    const stored = this.#storage.save(objectAt(objectAt(review, 'request'), 'object'));
    this.#byUid.set(uidOf(stored), stored);
    return stored;
  }

  /** Takes over a recorded CREATE, UPDATE or DELETE of a Service itself: nobody guards these. */
  follow(review: JsonObject): void {
    const request = objectAt(review, 'request');
    const gone = request.operation === 'DELETE';
    const recorded = objectAt(request, gone ? 'oldObject' : 'object');
    if (uidOf(recorded) === '') return;
    if (gone) {
      this.#byUid.delete(uidOf(recorded));
      this.#storage.remove(recorded);
    } else {
      const here = this.#here(recorded);
      // The API server itself empties the status of a Service that is no LoadBalancer any more.
      const stored = this.#storage.save(isLoadBalancer(recorded) ? here : { ...here, status: recorded.status });
      this.#byUid.set(uidOf(stored), stored);
    }
  }

  /** A recorded Service with the status, and of the version, that it has here. */
  #here(recorded: JsonObject): JsonObject {
    const known = this.#byUid.get(uidOf(recorded));
    if (known === undefined) return recorded;
    const { resourceVersion } = objectAt(known, 'metadata');
    const metadata = { ...objectAt(recorded, 'metadata'), resourceVersion };
    return { ...recorded, metadata, status: known.status };
  }
}

/** A storage that only numbers the versions on, from the highest one there is. */
export function memoryStorage(services: readonly JsonObject[]): Storage {
  let version = Math.max(0, ...services.map(versionOf));
  return {
    save: (service) => {
      version = Math.max(version, versionOf(service)) + 1;
      return { ...service, metadata: { ...objectAt(service, 'metadata'), resourceVersion: String(version) } };
    },
    remove: () => {},
  };
}

function uidOf(service: JsonObject): string {
  return stringAt(objectAt(service, 'metadata'), 'uid') ?? '';
}

function versionOf(service: JsonObject): number {
  return Number(stringAt(objectAt(service, 'metadata'), 'resourceVersion') ?? 0);
}

function isLoadBalancer(service: JsonObject): boolean {
  return objectAt(service, 'spec').type === 'LoadBalancer';
}

/** The texts of all IPs, sorted: what the hook's matchConditions compare. */
function ipTexts(service: JsonObject): string {
  const ingress = objectAt(objectAt(service, 'status'), 'loadBalancer').ingress;
  const entries = Array.isArray(ingress) ? ingress.filter(isObject) : [];
  return entries
    .map((entry) => stringAt(entry, 'ip') ?? '')
    .sort()
    .join();
}
