import { setTimeout as delay } from 'node:timers/promises';
import { isStatus } from '../../control-plane/api-error.ts';
import { type Cluster, startCluster } from '../../control-plane/cluster.ts';
import { servicePath } from '../../control-plane/kube-types.ts';
import { installMetallb, type MetallbController, startMetallb } from '../../control-plane/metallb.ts';
import { type MetallbVersion, readsConfigMap } from '../../control-plane/versions.ts';
import { Follower } from '../../parity/follower.ts';
import { HEART_NAMESPACE, Heartbeat } from '../../parity/heartbeat.ts';
import { type After, settle } from '../../parity/settle.ts';
import { type Guard, type LoggedDecision, prepareGuard } from '../support/guard.ts';

const POOLS_CRD = 'ipaddresspools.metallb.io';

/** The webhook configurations that `serve --register` makes. */
const REGISTRATIONS = ['validating', 'mutating'].map(
  (kind) => `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/holdfast`,
);
/** Where there is no heartbeat: no change for so long is rest. */
const QUIET_MS = 700;
const REST_WITHIN_MS = 15_000;
const KNOWS_WITHIN_MS = 20_000;

/** A dual-stack cluster with one MetalLB controller and one holdfast in `repair`, in which scenario after scenario is played. */
export class Site {
  readonly version: MetallbVersion;
  readonly cluster: Cluster;
  readonly follower: Follower;
  readonly #guard: Guard;
  #heartbeat: Heartbeat | undefined;
  #metallb: MetallbController | undefined;

  private constructor(version: MetallbVersion, cluster: Cluster, guard: Guard) {
    this.version = version;
    this.cluster = cluster;
    this.#guard = guard;
    this.follower = new Follower(cluster.client());
  }

  static async open(version: MetallbVersion): Promise<Site> {
    const cluster = await startCluster({ dualStack: true });
    try {
      await installMetallb(cluster, version);
      const site = new Site(version, cluster, await prepareGuard(cluster, { mode: 'repair' }));
      await site.startGuard();
      await site.startMetallb();
      await site.follower.start();
      await site.#beginHeartbeat();
      return site;
    } catch (error) {
      await cluster.stop();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.follower.stop();
    await this.cluster.stop();
  }

  get metallb(): MetallbController {
    if (this.#metallb === undefined) throw new Error('MetalLB was not started');
    return this.#metallb;
  }

  /** Everything that holdfast has decided so far, over all its lives. */
  get decisions(): readonly LoggedDecision[] {
    return this.#guard.decisions;
  }

  async startMetallb(version: MetallbVersion = this.version): Promise<void> {
    this.#metallb = await startMetallb(this.cluster, version);
  }

  async startGuard(): Promise<void> {
    await this.#guard.start();
  }

  /** Holdfast goes and takes its webhooks with it: what happens now, happens to an unguarded cluster. */
  async removeGuard(): Promise<void> {
    await this.#guard.kill();
    for (const path of REGISTRATIONS) await this.cluster.client().delete(path);
  }

  /**
   * Waits until MetalLB has nothing more to do. From 0.13 on it is asked for a sign of life: see {@link Heartbeat}.
   * @throws Error when it does not come to rest within 15 s
   */
  async settle(after: After = 'service'): Promise<void> {
    const { follower } = this;
    const heartbeat = this.#heartbeat;
    const atRest =
      heartbeat === undefined
        ? await follower.quiet(QUIET_MS, REST_WITHIN_MS)
        : await settle({ follower, heartbeat }, after);
    if (!atRest) throw new Error(`MetalLB ${this.version} does not come to rest`);
  }

  /** The CRD of pools is deleted, and its objects with it, as an uninstall of MetalLB does; MetalLB runs on. */
  async removePools(): Promise<void> {
    this.#heartbeat = undefined;
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${POOLS_CRD}`;
    await this.cluster.client().delete(path);
    while (await exists(this.cluster, path)) await delay(50);
    await this.settle();
  }

  /** MetalLB is installed again; its pools are still to be made, but for the one of the heartbeat. */
  async reinstall(): Promise<void> {
    await this.metallb.kill();
    await this.bringCrdsBack();
    await this.startAnew();
  }

  /** MetalLB's CRDs are there again, without any object. */
  async bringCrdsBack(): Promise<void> {
    await installMetallb(this.cluster, this.version);
  }

  /** Starts MetalLB after {@link Site.bringCrdsBack}, and waits until it has looked at everything. */
  async startAnew(): Promise<void> {
    await this.startMetallb();
    await this.cluster.client().delete(servicePath(HEART_NAMESPACE, 'heart'));
    await this.#beginHeartbeat();
    await this.settle();
  }

  /** Holdfast looks for a CRD that is not there every 5 to 10 s. */
  async untilGuardKnowsPool(name: string): Promise<void> {
    const deadline = Date.now() + KNOWS_WITHIN_MS;
    while (!(await this.#guard.ops('/metrics')).body.includes(`pool="${name}"`)) {
      if (Date.now() > deadline) throw new Error(`holdfast has not heard of pool ${name} within ${KNOWS_WITHIN_MS} ms`);
      await delay(100);
    }
  }

  async #beginHeartbeat(): Promise<void> {
    if (readsConfigMap(this.version)) return;
    this.#heartbeat = new Heartbeat(this.cluster, this.follower);
    await this.#heartbeat.begin(this.version);
  }
}

async function exists(cluster: Cluster, path: string): Promise<boolean> {
  return cluster
    .client()
    .get(path)
    .then(
      () => true,
      (error: unknown) => {
        if (isStatus(error, 404)) return false;
        throw error;
      },
    );
}
