import type { ObjectEvent } from '../app/ports.ts';
import type { KubeClient } from './kube-client.ts';

/** What an {@link EventRecorder} works with. */
export interface EventRecorderOptions {
  readonly client: KubeClient;
  /** Namespace of cluster-scoped objects' events, as Kubernetes itself does it. */
  readonly defaultNamespace: string;
  /** Epoch ms. */
  readonly now: () => number;
  readonly onFailure: (event: ObjectEvent, error: unknown) => void;
}

/** The same event again within this time is counted on the first one. */
const SAME_FOR_MS = 600_000;
/** A counted repetition is written at most this often. */
const REPEAT_EVERY_MS = 30_000;
/** Events per second, and how many at once: a storm must not become a storm of events. */
const RATE = 5;
const BURST = 25;

interface Known {
  readonly name: string;
  readonly namespace: string;
  readonly firstAt: number;
  readonly count: number;
  readonly writtenAt: number;
}

const API_VERSION = { Service: 'v1', Namespace: 'v1', IPAddressPool: 'metallb.io/v1beta1' } as const;

/** Writes Kubernetes Events: repeated ones are counted, many are dropped, none is ever waited for. */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  /** In the order in which they came first; a counted one keeps its place. */
  readonly #known = new Map<string, Known>();
  #tokens = BURST;
  #refilledAt: number;
  #dropped = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#refilledAt = options.now();
  }

  /** How many events were not written because there were too many. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Writes the event, or counts it. Returns at once; failures go to `onFailure`. */
  record(event: ObjectEvent): void {
    const now = this.#options.now();
    this.#forget(now);
    const key = `${event.object.uid}/${event.object.namespace}/${event.object.name}/${event.reason}/${event.message}`;
    const known = this.#known.get(key);
    const count = (known?.count ?? 0) + 1;
    if (known !== undefined && now < known.writtenAt + REPEAT_EVERY_MS) {
      this.#known.set(key, { ...known, count });
      return;
    }
    if (!this.#takeToken(now)) {
      this.#dropped += 1;
      return;
    }
    const entry = known ?? this.#entryFor(event, now);
    this.#known.set(key, { ...entry, count, writtenAt: now });
    const written = known === undefined ? this.#create(event, entry, now) : this.#repeat(entry, count, now);
    written.catch((error: unknown) => this.#options.onFailure(event, error));
  }

  #entryFor({ object }: ObjectEvent, now: number): Known {
    const namespace = object.namespace === '' ? this.#options.defaultNamespace : object.namespace;
    // As client-go names them: the object's name and a time that does not come twice.
    const name = `${object.name}.${now.toString(16)}${Math.floor(Math.random() * 0x1_0000_0000).toString(16)}`;
    return { name, namespace, firstAt: now, count: 0, writtenAt: now };
  }

  #create(
    { kind, object, type, reason, message }: ObjectEvent,
    { name, namespace }: Known,
    now: number,
  ): Promise<unknown> {
    const at = timestamp(now);
    return this.#options.client.create(`/api/v1/namespaces/${namespace}/events`, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name, namespace },
      involvedObject: {
        apiVersion: API_VERSION[kind],
        kind,
        name: object.name,
        ...(object.namespace === '' ? {} : { namespace: object.namespace }),
        ...(object.uid === '' ? {} : { uid: object.uid }),
      },
      type,
      reason,
      message: message.slice(0, 1024),
      source: { component: 'holdfast' },
      reportingComponent: 'holdfast.dev/holdfast',
      firstTimestamp: at,
      lastTimestamp: at,
      count: 1,
    });
  }

  #repeat({ name, namespace }: Known, count: number, now: number): Promise<unknown> {
    const path = `/api/v1/namespaces/${namespace}/events/${encodeURIComponent(name)}`;
    return this.#options.client.patch(path, { kind: 'merge', body: { count, lastTimestamp: timestamp(now) } });
  }

  #takeToken(now: number): boolean {
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#refilledAt) / 1000) * RATE);
    this.#refilledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #forget(now: number): void {
    for (const [key, { firstAt }] of this.#known) {
      if (firstAt + SAME_FOR_MS >= now) return;
      this.#known.delete(key);
    }
  }
}

/** Events have whole seconds (metav1.Time). */
function timestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
