import { type JsonObject, objectAt, objectsAt, stringAt, stringMapAt } from '../review/json.ts';

/** Where a {@link World} keeps its Services. */
export interface Storage {
  /** @returns the Service as stored, with its new resourceVersion */
  save(service: JsonObject): JsonObject;
  remove(service: JsonObject): void;
}

/**
 * What the API server would hold if recorded writes were offered to it one by one. A recording was made without a
 * guard; once the guard refuses or repairs a write, the next writes to that Service meet another state than the recorded
 * one. Therefore the status, which is what a guard decides about, is this world's; so are the annotations, where a guard
 * pins, and of a recorded write only the change is taken. Everything else of a Service is its owner's, as recorded.
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
    const recorded = objectAt(request, 'oldObject');
    const wanted = objectAt(request, 'object');
    const oldObject = this.#here(recorded, recorded);
    const { annotations } = objectAt(this.#here(recorded, wanted), 'metadata');
    const object = {
      ...oldObject,
      metadata: { ...objectAt(oldObject, 'metadata'), annotations },
      status: wanted.status,
    };
    const offered = { ...review, request: { ...request, oldObject, object } };
    return changesIps(offered) ? offered : undefined;
  }

  /** Stores what a review writes, with its patch already applied if there was one. @returns the stored object */
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
      const here = this.#here(objectAt(request, 'oldObject'), recorded);
      // The API server itself empties the status of a Service that is no LoadBalancer any more.
      const stored = this.#storage.save(isLoadBalancer(recorded) ? here : { ...here, status: recorded.status });
      this.#byUid.set(uidOf(stored), stored);
    }
  }

  /** The recorded object `after`, with the version, the status, and (but for what the write changed) the annotations of here. */
  #here(before: JsonObject, after: JsonObject): JsonObject {
    const known = this.#byUid.get(uidOf(after));
    if (known === undefined) return after;
    const { resourceVersion } = objectAt(known, 'metadata');
    const annotations = rebased(annotationsOf(known), { from: annotationsOf(before), to: annotationsOf(after) });
    const metadata = { ...objectAt(after, 'metadata'), resourceVersion, annotations };
    return { ...after, metadata, status: known.status };
  }
}

type Annotations = Readonly<Record<string, string>>;

/** `here` with the change that was recorded. @returns undefined instead of no annotation at all, as the API server has it */
function rebased(
  here: Annotations,
  { from, to }: { readonly from: Annotations; readonly to: Annotations },
): Annotations | undefined {
  const kept = Object.entries(here).filter(([key]) => key in to || !(key in from));
  const changed = Object.entries(to).filter(([key, value]) => from[key] !== value);
  const all = Object.fromEntries([...kept, ...changed]);
  return Object.keys(all).length === 0 ? undefined : all;
}

function annotationsOf(service: JsonObject): Annotations {
  return stringMapAt(objectAt(service, 'metadata'), 'annotations');
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

/** True when the write changes the set of IPs in the status, which is when the hooks' matchConditions ask. */
export function changesIps(review: JsonObject): boolean {
  const request = objectAt(review, 'request');
  return ipTexts(objectAt(request, 'oldObject')) !== ipTexts(objectAt(request, 'object'));
}

/** The texts of all IPs, sorted: what the hooks' matchConditions compare. */
function ipTexts(service: JsonObject): string {
  return objectsAt(objectAt(objectAt(service, 'status'), 'loadBalancer'), 'ingress')
    .map((entry) => stringAt(entry, 'ip') ?? '')
    .sort()
    .join();
}
