import type { AdmissionResponseOut, Hook, ReviewAnswer } from '../../../src/review/admission-types.ts';
import type { Cluster } from './cluster.ts';
import { applyPatch } from './patch.ts';
import type { Scheduler } from './scheduler.ts';
import type { SimClock } from './sim-clock.ts';
import { annotated, describe, ipsOf, NAMESPACE, type SimService, versionOf } from './sim-service.ts';

/** A replica of holdfast as the balancer in front of it sees it. */
export interface Backend {
  readonly name: string;
  readonly alive: boolean;
  /** Rejects when the replica dies before it has answered. */
  call(hook: Hook, body: object): Promise<ReviewAnswer>;
}

/** A write to the status of a Service. */
export interface StatusWrite {
  readonly user: string;
  readonly name: string;
  readonly dryRun: boolean;
  /** What the writer makes of the Service that is stored; a PUT says with which version it was made. */
  readonly change: (stored: SimService) => SimService;
  /** resourceVersion of a PUT; undefined for a PATCH, which the API server makes anew after a conflict. */
  readonly upon: number | undefined;
}

/** How a request ended. */
export type Outcome = 'stored' | 'unchanged' | 'conflict' | 'gone' | 'refused' | 'failed';

export const METALLB = 'system:serviceaccount:metallb-system:controller';
/** The API server's --request-timeout. */
const REQUEST_MS = 60_000;
/** `timeoutSeconds` of the hooks. */
const HOOK_MS = 5_000;
/** How often the API server makes a PATCH anew. */
const PATCH_ATTEMPTS = 5;

interface Offer {
  readonly before: SimService;
  readonly offered: SimService;
}

/** What the API server does with requests: admission upon what is stored, then storing, if nothing changed meanwhile. */
export class ApiServer {
  readonly cluster: Cluster;
  readonly #scheduler: Scheduler;
  readonly #clock: SimClock;
  readonly #backends: () => readonly Backend[];
  readonly refusals: string[] = [];
  statusWrites = 0;
  #requests = 0;

  constructor(parts: { cluster: Cluster; scheduler: Scheduler; clock: SimClock; backends: () => readonly Backend[] }) {
    this.cluster = parts.cluster;
    this.#scheduler = parts.scheduler;
    this.#clock = parts.clock;
    this.#backends = parts.backends;
  }

  async writeStatus(write: StatusWrite): Promise<Outcome> {
    this.#requests += 1;
    this.statusWrites += 1;
    const id = `${write.dryRun ? 'dry run' : 'write'}-${this.#requests}`;
    const until = this.#clock.now() + REQUEST_MS;
    await this.#scheduler.wait(id, `status of ${write.name} reaches the API server`);
    for (let attempt = 0; attempt < PATCH_ATTEMPTS; attempt += 1) {
      const outcome = await this.#tryStatus(id, write, until);
      if (outcome !== 'conflict' || write.upon !== undefined) return this.#answered(id, outcome);
    }
    return this.#answered(id, 'conflict');
  }

  async #tryStatus(id: string, write: StatusWrite, until: number): Promise<Outcome> {
    const before = this.cluster.services.get(write.name);
    if (before === undefined) return 'gone';
    if (write.upon !== undefined && write.upon !== versionOf(before)) return 'conflict';
    // Since Kubernetes 1.29 only a LoadBalancer may have IPs in its status.
    const offered = statusOf(write.change(before), before);
    if (before.spec.type !== 'LoadBalancer' && ipsOf(offered).length > 0) return 'refused';
    const admittedFrom = this.cluster.serviceEvents.length;
    const admitted = await this.#admit(id, write, { before, offered });
    if (typeof admitted === 'string') return admitted;
    await this.#scheduler.wait(id, `status of ${write.name} is stored`);
    if (this.#clock.now() >= until) return 'failed';
    if (write.dryRun) return 'unchanged';
    return this.cluster.commitStatus({ before, after: admitted, admittedFrom });
  }

  /** @returns what may be stored, or why nothing may */
  async #admit(id: string, write: StatusWrite, { before, offered }: Offer): Promise<SimService | 'refused' | 'failed'> {
    this.#scheduler.note(`   ${id} by ${write.user === METALLB ? 'MetalLB' : write.user}: ${describe(offered)}`);
    const request = { subResource: 'status', operation: 'UPDATE', name: write.name, oldObject: before };
    const ask = (hook: Hook, object: SimService) =>
      this.#ask(id, hook, { ...request, object, userInfo: { username: write.user }, dryRun: write.dryRun });
    let object = offered;
    if (write.user === METALLB && changesIps(before, object)) {
      const answer = await ask('mutate', object);
      if (answer === 'failed') return 'failed';
      if (answer.patch !== undefined) object = statusOf(applyPatch(object, answer.patch), before);
      if (answer.patch !== undefined) this.#scheduler.note(`   ${id} becomes ${describe(object)}`);
    }
    if (!changesIps(before, object)) return object;
    const answer = await ask('validate', object);
    if (answer === 'failed') return 'failed';
    if (answer.allowed) return object;
    const why = answer.status?.message ?? 'no reason';
    this.refusals.push(why);
    this.#scheduler.note(`   ${id} is refused: ${why.slice(0, 140)}`);
    return 'refused';
  }

  /** Creates a Service; the hook there may fail. @param stored false: something refuses it after the hook */
  async create(made: SimService, how: { readonly stored: boolean; readonly dryRun: boolean }): Promise<Outcome> {
    this.#requests += 1;
    const id = `${how.dryRun ? 'dry run' : 'create'}-${this.#requests}`;
    const { name } = made.metadata;
    const until = this.#clock.now() + REQUEST_MS;
    await this.#scheduler.wait(id, `${name} reaches the API server`);
    const answer = await this.#ask(id, 'mutate', { operation: 'CREATE', name, object: made, dryRun: how.dryRun });
    const patched = answer !== 'failed' && answer.patch !== undefined ? applyPatch(made, answer.patch) : made;
    await this.#scheduler.wait(id, `${name} is stored`);
    if (!how.stored || how.dryRun || this.cluster.services.has(name)) return this.#answered(id, 'refused');
    if (this.#clock.now() >= until) return this.#answered(id, 'failed');
    const creationTimestamp = new Date(this.#clock.now()).toISOString();
    const metadata = { ...patched.metadata, uid: this.cluster.newUid(), creationTimestamp };
    this.cluster.put({ ...patched, metadata, status: { loadBalancer: {} } });
    return this.#answered(id, 'stored');
  }

  /** A change of spec or metadata by its owner; nobody guards these. The API server empties the status of other types. */
  update(name: string, change: (stored: SimService) => SimService): void {
    const before = this.cluster.services.get(name);
    if (before === undefined) return;
    const after = change(before);
    const status = after.spec.type === 'LoadBalancer' ? before.status : { loadBalancer: {} };
    this.cluster.put({ ...after, status });
  }

  /** Changes annotations of exactly this object; null takes one away. @param who with a version: only of that one */
  annotate(
    { name, uid, version }: { readonly name: string; readonly uid: string; readonly version: number | undefined },
    annotations: Readonly<Record<string, string | null>>,
  ): void {
    const stored = this.cluster.services.get(name);
    if (stored?.metadata.uid !== uid || (version !== undefined && version !== versionOf(stored))) return;
    const changes = Object.fromEntries(Object.entries(annotations).map(([key, value]) => [key, value ?? undefined]));
    this.update(name, (one) => annotated(one, changes));
  }

  async #ask(id: string, hook: Hook, request: object): Promise<AdmissionResponseOut | 'failed'> {
    const alive = this.#backends().filter((backend) => backend.alive);
    const backend = alive[this.#scheduler.pick(alive.length)];
    const until = this.#clock.now() + HOOK_MS;
    if (backend === undefined) return this.#hookFailed(id, hook, 'no replica is there');
    const resource = { group: '', version: 'v1', resource: 'services' };
    const body = {
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      request: { uid: `${id}.${this.#scheduler.now}`, namespace: NAMESPACE, resource, ...request },
    };
    try {
      await this.#scheduler.wait(id, `${hook} is asked of ${backend.name}`);
      const { httpStatus, body: answer } = await backend.call(hook, body);
      await this.#scheduler.wait(id, `${backend.name} has answered ${hook}`);
      if (httpStatus !== 200) return this.#hookFailed(id, hook, answer.response.status?.message ?? `${httpStatus}`);
      return this.#clock.now() < until ? answer.response : this.#hookFailed(id, hook, 'too late');
    } catch (error) {
      return this.#hookFailed(id, hook, error instanceof Error ? error.message : String(error));
    }
  }

  #hookFailed(id: string, hook: Hook, why: string): 'failed' {
    this.#scheduler.note(`   ${id}: ${hook} fails: ${why}`);
    return 'failed';
  }

  async #answered(id: string, outcome: Outcome): Promise<Outcome> {
    await this.#scheduler.wait(id, `is answered: ${outcome}`);
    return outcome;
  }
}

/** What a write to `/status` can change: the status, and annotations. */
function statusOf(object: SimService, { metadata, spec }: SimService): SimService {
  const { annotations } = object.metadata;
  return { ...object, metadata: annotations === undefined ? metadata : { ...metadata, annotations }, spec };
}

/** The hooks' match condition: the set of IPs changes. */
function changesIps(before: SimService, after: SimService): boolean {
  return [...ipsOf(before)].sort().join() !== [...ipsOf(after)].sort().join();
}
