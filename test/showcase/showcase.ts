import type { Hooks } from '../../src/app/play.ts';
import { claimCrd } from '../../src/kube/claim-crd.ts';
import { CRDS, IP_ADDRESS_POOLS, IP_CLAIMS, NAMESPACES as NAMESPACE_PATH } from '../../src/kube/paths.ts';
import { claimToJson } from '../../src/review/claim-json.ts';
import type { JsonObject } from '../../src/review/json.ts';
import { temporaryFolder } from '../cli/holdfast-process.ts';
import { DemoGuard } from '../demo/guard.ts';
import { stubStorage } from '../demo/seed-stub.ts';
import { IP_ADDRESS_POOL } from '../support/stub-apiserver/resources.ts';
import { StubApiServer } from '../support/stub-apiserver/server.ts';
import type { KubeObject } from '../support/stub-apiserver/store.ts';
import { heldClaims, heldServices, KUBERNETES, NAMESPACES, POOLS, stickyClaims } from './inventory.ts';

/** A `holdfast serve --mode repair` beside a stub API server with one of everything; for looking at it. */
export class Showcase {
  readonly stub: StubApiServer;
  readonly guard: DemoGuard;
  readonly hooks: Hooks;
  readonly #folder: ReturnType<typeof temporaryFolder>;

  private constructor(stub: StubApiServer, guard: DemoGuard, folder: ReturnType<typeof temporaryFolder>) {
    this.stub = stub;
    this.guard = guard;
    this.hooks = guard.hooks();
    this.#folder = folder;
  }

  /** Starts both and waits until holdfast is ready. @param more is put into the API server as well */
  static async start(more: (stub: StubApiServer) => void = () => {}): Promise<Showcase> {
    const folder = temporaryFolder();
    const stub = await StubApiServer.start({ resources: [IP_ADDRESS_POOL] });
    try {
      await furnish(stub);
      more(stub);
      return new Showcase(stub, await DemoGuard.start(stub, folder.path, 'repair'), folder);
    } catch (error) {
      await stub.stop();
      folder.remove();
      throw error;
    }
  }

  /** The operations port, `http://HOST:PORT`. */
  get ops(): string {
    return this.guard.ops;
  }

  /** Offers a write to both hooks, as the API server does. @returns whether it may be stored */
  async offer(review: JsonObject): Promise<boolean> {
    const mutated = await this.hooks.mutate?.(review);
    if (mutated !== undefined && !mutated.allowed) return false;
    return (await this.hooks.validate(review)).allowed;
  }

  async stop(): Promise<void> {
    await this.guard.stop();
    await this.stub.stop();
    this.#folder.remove();
  }
}

async function furnish(stub: StubApiServer): Promise<void> {
  const now = Date.now();
  for (const name of NAMESPACES) stub.put(NAMESPACE_PATH, { metadata: { name } });
  for (const pool of POOLS) stub.put(IP_ADDRESS_POOLS, pool);
  stub.put(CRDS, (await claimCrd()) as KubeObject);
  const held = heldServices();
  const storage = stubStorage(stub);
  storage.save(KUBERNETES);
  for (const { service } of held) storage.save(service);
  for (const claim of [...heldClaims(held, now), ...stickyClaims(now)]) stub.put(IP_CLAIMS, claimToJson(claim));
}
