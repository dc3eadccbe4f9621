import { type Admit, through } from '../../src/app/play.ts';
import { type JsonObject, objectAt } from '../../src/review/json.ts';
import type { DemoGuard } from '../demo/guard.ts';
import { stubStorage } from '../demo/seed-stub.ts';
import { statusReview } from '../gen/review.ts';
import { ips, metadata, type ServiceJson, service } from '../gen/service.ts';
import type { Random } from '../parity/random.ts';
import { ApiStatus } from '../support/stub-apiserver/api-status.ts';
import type { StubApiServer } from '../support/stub-apiserver/server.ts';

const SERVICES = 400;
/** More than there are Services, few enough that MetalLB's choices often belong to somebody. */
const IPS = 600;

/**
 * A cluster that never rests, against a real holdfast: Services come, go and come back under their names, and a careless
 * MetalLB gives IPs away at random, moves and clears. What the hooks let through is stored, so that the watch brings it.
 */
export class Load {
  readonly #stub: StubApiServer;
  readonly #random: Random;
  readonly #storage: ReturnType<typeof stubStorage>;
  readonly #admit: Admit;
  /** Calls of a hook so far. */
  calls = 0;
  refused = 0;
  /** Writes for which holdfast did not decide; the API server would refuse them, and MetalLB would write again. */
  undecided = 0;
  /** What was said to the first few of these. */
  readonly excuses: string[] = [];
  #generation = 0;

  constructor(stub: StubApiServer, guard: DemoGuard, random: Random) {
    this.#stub = stub;
    this.#random = random;
    this.#storage = stubStorage(stub);
    this.#admit = through(guard.hooks(() => this.#count()));
  }

  /** One write, through the hooks that the API server would ask. */
  async write(): Promise<void> {
    const name = `s${this.#random.below(SERVICES)}`;
    const stored = this.#stub.read(`/api/v1/namespaces/default/services/${name}`) as ServiceJson | undefined;
    if (stored === undefined) return this.#create(name);
    if (this.#random.chance(10)) return this.#storage.remove(stored);
    const becomes = this.#random.chance(5) ? ips()(stored) : ips(`10.77.${this.#octets()}`)(stored);
    const admitted = await this.#admit(statusReview(stored, becomes)).catch((error: unknown) => this.#excuse(error));
    if (admitted === 'undecided') return;
    if (admitted === undefined) this.refused += 1;
    else this.#update(objectAt(objectAt(admitted, 'request'), 'object'));
  }

  #excuse(error: unknown): 'undecided' {
    this.undecided += 1;
    if (this.excuses.length < 5) this.excuses.push(String(error));
    return 'undecided';
  }

  #octets(): string {
    const number = this.#random.below(IPS);
    return `${number >> 8}.${number & 255}`;
  }

  #create(name: string): void {
    this.#generation += 1;
    this.#storage.save(service(name, metadata({ uid: `${name}-${this.#generation}` })));
  }

  /** A Service that changed or went meanwhile is left alone: the API server refuses such a write after the hooks. */
  #update(object: JsonObject): void {
    try {
      this.#stub.store.update(this.#stub.registry.parse('/api/v1/services').resource, object);
    } catch (error) {
      if (!(error instanceof ApiStatus) || (error.code !== 409 && error.code !== 404)) throw error;
    }
  }

  #count(): void {
    this.calls += 1;
  }
}
