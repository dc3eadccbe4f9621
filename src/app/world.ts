import { isObject, type JsonObject, objectAt, stringAt } from '../review/json.ts';

/**
 * What the API server would hold if recorded writes were offered to it one by one. A recording was made without a
 * guard; once the guard refuses a write, the next writes to that Service meet another state than the recorded one. So
 * each write is offered on top of what this world holds: the stored object with the status (and the annotations) that
 * the writer wanted.
 */
export class World {
  readonly #byUid = new Map<string, JsonObject>();
  #version: number;

  /** @param services as stored at the start */
  constructor(services: readonly JsonObject[]) {
    for (const service of services) this.#byUid.set(uidOf(service), service);
    this.#version = Math.max(0, ...services.map(versionOf));
  }

  /** Every Service as it is now. */
  services(): readonly JsonObject[] {
    return [...this.#byUid.values()];
  }

  /**
   * The recorded review as it would read in this world; undefined when the write changes nothing here, so that the
   * API server would not ask (the hook's matchConditions). A Service that the start does not list is taken from the
   * recorded oldObject.
   */
  offer(review: JsonObject): JsonObject | undefined {
    const request = objectAt(review, 'request');
    const wanted = objectAt(request, 'object');
    const recorded = objectAt(request, 'oldObject');
    const stored = this.#byUid.get(uidOf(recorded)) ?? recorded;
    const metadata = { ...objectAt(stored, 'metadata'), annotations: objectAt(wanted, 'metadata').annotations };
    const object = { ...stored, metadata, status: wanted.status };
    if (ipTexts(stored) === ipTexts(object)) return undefined;
    return { ...review, request: { ...request, oldObject: stored, object } };
  }

  /** Stores what an offered review writes, with its patch already applied if there was one. @returns the stored object */
  store(review: JsonObject): JsonObject {
    const object = objectAt(objectAt(review, 'request'), 'object');
    this.#version += 1;
    const metadata = { ...objectAt(object, 'metadata'), resourceVersion: String(this.#version) };
    const stored = { ...object, metadata };
    this.#byUid.set(uidOf(stored), stored);
    return stored;
  }
}

function uidOf(service: JsonObject): string {
  return stringAt(objectAt(service, 'metadata'), 'uid') ?? '';
}

function versionOf(service: JsonObject): number {
  return Number(stringAt(objectAt(service, 'metadata'), 'resourceVersion') ?? 0);
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
