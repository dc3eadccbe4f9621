import assert from 'node:assert/strict';
import { serviceToView } from '../../../src/review/service-to-view.ts';
import type { Answer } from '../../control-plane/api.ts';
import { isStatus } from '../../control-plane/api-error.ts';
import type { Identity } from '../../control-plane/identities.ts';
import { type KubeObject, type Service, servicePath } from '../../control-plane/kube-types.ts';
import { applyPools, type Pool, poolPath } from '../../control-plane/metallb-pools.ts';
import { type ServiceOptions, serviceManifest } from '../../control-plane/services.ts';
import { type MetallbVersion, readsConfigMap } from '../../control-plane/versions.ts';
import { HEART_NAMESPACE, HEART_POOL } from '../../parity/heartbeat.ts';
import type { Site } from './site.ts';

/** The first IPs of the pool `main`, and of `other`. */
export const [A, B, C] = ['192.0.2.0', '192.0.2.1', '192.0.2.2'] as const;
export const [A6, B6] = ['2001:db8::', '2001:db8::1'] as const;
export const OTHER = '198.51.100.0';
const MAIN: Pool = { name: 'main', addresses: ['192.0.2.0/24', '2001:db8::/64'] };
export const OTHER_POOL: Pool = { name: 'other', addresses: ['198.51.100.0/24', '2001:db8:1::/64'], autoAssign: false };

const CLAIMS = '/apis/holdfast.dev/v1alpha1/ipclaims';
const HAS_IP_WITHIN_MS = 15_000;
/** So long the watch may be behind. */
const SEES_WITHIN_MS = 5_000;

/** `stored`, `warned CODE` or `refused CODE`: what the API server answered to a user or to MetalLB. */
export type Told = string;

/** One scenario on a real API server, with a real MetalLB beside it: what people and controllers do, and what comes of it. */
export class Scene {
  readonly #site: Site;
  readonly #decidedBefore: number;

  private constructor(site: Site) {
    this.#site = site;
    this.#decidedBefore = site.decisions.length;
  }

  /** Clears what the last scenario left, and makes these pools (default: `main`, with a range of each family). */
  static async begin(site: Site, pools: readonly Pool[] = [MAIN]): Promise<Scene> {
    await clear(site);
    const scene = new Scene(site);
    await scene.pools(...pools);
    return scene;
  }

  get site(): Site {
    return this.#site;
  }

  get version(): MetallbVersion {
    return this.#site.version;
  }

  /** The pools of 0.12 are in a ConfigMap, which holdfast does not read. */
  get knowsPools(): boolean {
    return !readsConfigMap(this.version);
  }

  /** What MetalLB is told when it gives away an IP of another Service: where no pool is known there is nothing else to give. */
  redirected(ip: string): Told {
    return this.knowsPools ? `stored ${ip}` : 'refused Theft';
  }

  /** Applies pools as an administrator who asks nobody, and waits until MetalLB has read them. */
  async pools(...pools: readonly Pool[]): Promise<void> {
    await applyPools(this.#site.cluster, this.version, pools);
    await this.#site.settle('pools');
  }

  /** Creates a LoadBalancer Service as a user, and waits until it has its IPs. @returns what the user was told */
  async create(name: string, options: Partial<ServiceOptions> = {}): Promise<Told> {
    const told = await this.createPending(name, options);
    await this.gets(name, options.namespace);
    await this.#site.settle();
    return told;
  }

  /** Waits until a Service has an IP, or, where a theft can only be refused, until MetalLB has tried one. */
  async gets(name: string, namespace?: string): Promise<void> {
    const isRefused = () => !this.knowsPools && this.reasons(name, namespace).has('Theft');
    const isServed = () => this.#assigned(name, namespace).length > 0 || isRefused();
    const deadline = Date.now() + HAS_IP_WITHIN_MS;
    while (!isServed() && Date.now() < deadline) await this.#site.follower.event(Math.min(deadline - Date.now(), 500));
    assert.ok(isServed(), `${name} has no IP after ${HAS_IP_WITHIN_MS} ms`);
  }

  /** Creates one and does not wait. */
  async createPending(name: string, options: Partial<ServiceOptions> = {}): Promise<Told> {
    const { namespace = 'default' } = options;
    const body = serviceManifest({ ...options, name, namespace });
    return toldBy(await this.#human.send({ method: 'POST', path: servicePath(namespace), body }));
  }

  /**
   * A pending Service without a pin or a claim: as long as its user requests an IP that nobody can give, holdfast leaves
   * it alone. Only while MetalLB sleeps or is gone.
   */
  async createUnpinned(name: string, options: Partial<ServiceOptions> = {}): Promise<void> {
    const { annotations = {} } = options;
    const useless = { ...annotations, 'metallb.universe.tf/loadBalancerIPs': '203.0.113.99' };
    await this.createPending(name, { ...options, annotations: useless });
    await this.unpin(name);
    const stored = await this.#admin.get<Service>(servicePath(options.namespace ?? 'default', name));
    const { 'holdfast.dev/pin': pin } = stored.metadata.annotations ?? {};
    assert.deepEqual([pin, ipsOf(stored)], [undefined, []]);
  }

  /** Edits a Service as a user with a merge patch; waits until all is quiet. @returns what the user was told */
  async edit(name: string, patch: object, namespace = 'default'): Promise<Told> {
    const told = await this.editQuickly(name, patch, namespace);
    await this.#site.settle();
    return told;
  }

  /** Edits and does not wait. */
  editQuickly(name: string, patch: object, namespace = 'default'): Promise<Told> {
    return this.#patch(servicePath(namespace, name), patch);
  }

  /**
   * Waits until holdfast's watch is so far that this edit would be answered like this; asks by dry runs, which change
   * nothing. @throws AssertionError when it never is
   */
  async untilEditWouldBe(expected: Told, name: string, patch: object): Promise<void> {
    const deadline = Date.now() + SEES_WITHIN_MS;
    for (;;) {
      const told = await this.#patch(servicePath('default', name), patch, { dryRun: 'All' });
      if (told === expected) return;
      assert.ok(Date.now() < deadline, `the edit of ${name} is answered with ${told}, not ${expected}`);
      await this.#site.follower.event(20);
    }
  }

  annotate(name: string, annotations: Readonly<Record<string, string | null>>): Promise<Told> {
    return this.edit(name, { metadata: { annotations } });
  }

  /** The user takes a pin away, under both prefixes. */
  async unpin(name: string): Promise<void> {
    const keys = ['metallb.io/loadBalancerIPs', 'metallb.universe.tf/loadBalancerIPs', 'holdfast.dev/pin'];
    const annotations = Object.fromEntries(keys.map((key) => [key, null]));
    await this.editQuickly(name, { metadata: { annotations } });
  }

  /** Deletes a Service as a user, and waits until all is quiet. */
  async delete(name: string): Promise<void> {
    await this.deleteQuickly(name);
    await this.#site.settle();
  }

  /** Deletes and does not wait. */
  deleteQuickly(name: string): Promise<void> {
    return this.#human.delete(servicePath('default', name));
  }

  /** Changes the spec of a pool as a user, or its annotations. */
  async editPool(name: string, patch: object): Promise<Told> {
    const told = await this.#patch(poolPath(name), patch);
    await this.#site.settle('pools');
    return told;
  }

  async deletePool(name: string): Promise<Told> {
    const told = toldBy(await this.#human.send({ method: 'DELETE', path: poolPath(name) }));
    await this.#site.settle('pools');
    return told;
  }

  async namespace(name: string, labels: Readonly<Record<string, string>>): Promise<Told> {
    await this.#site.cluster.applyObjects([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }]);
    const told = await this.#patch(`/api/v1/namespaces/${name}`, { metadata: { labels } });
    await this.#site.settle('pools');
    return told;
  }

  /**
   * Writes a status the way MetalLB does (PUT of the whole object upon the version it was read at), with MetalLB's own
   * identity or a user's. @returns what the writer was told, and the IPs that are stored then
   */
  async status(
    name: string,
    ingress: readonly string[] | readonly object[],
    options: StatusOptions = {},
  ): Promise<Told> {
    const { as = 'metallb', annotations = {}, dryRun = false, namespace = 'default' } = options;
    const client = this.#site.cluster.client(as);
    const path = servicePath(namespace, name);
    const entries = ingress.map((entry) => (typeof entry === 'string' ? { ip: entry } : entry));
    for (;;) {
      const stored = await client.get<Service>(path);
      const metadata = { ...stored.metadata, annotations: { ...stored.metadata.annotations, ...annotations } };
      const body = { ...stored, metadata, status: { loadBalancer: { ingress: entries } } };
      const query = dryRun ? { dryRun: 'All' } : {};
      const answer = await client.send({ method: 'PUT', path: `${path}/status`, body, query });
      if (answer.status === 409) continue;
      const told = toldBy(answer);
      return answer.status === 200 ? `${told} ${ipsOf(JSON.parse(answer.body) as Service).join()}`.trim() : told;
    }
  }

  /** What happens while MetalLB does nothing; it wakes up afterwards, and comes to rest. */
  async whileMetallbSleeps(happens: () => Promise<void>): Promise<void> {
    const { process } = this.#site.metallb;
    process.pause();
    try {
      await happens();
    } finally {
      process.resume();
    }
    await this.#site.settle();
  }

  /** The IPs of a Service, now, as a set in one order. */
  ips(name: string, namespace = 'default'): Promise<readonly string[]> {
    return this.#admin.get<Service>(servicePath(namespace, name)).then(ipsOf);
  }

  /** Asserts the IPs of several Services at once. */
  async have(expected: Readonly<Record<string, readonly string[]>>, namespace = 'default'): Promise<void> {
    const found = await Promise.all(
      Object.keys(expected).map(async (name) => [name, await this.ips(name, namespace)] as const),
    );
    assert.deepEqual(Object.fromEntries(found), expected);
  }

  /** The reason codes that were logged for a Service in this scene. */
  reasons(name: string, namespace = 'default'): ReadonlySet<string> {
    const mine = this.#site.decisions
      .slice(this.#decidedBefore)
      .filter(({ service }) => service === `${namespace}/${name}`);
    return new Set(mine.map(({ reason }) => reason));
  }

  /** Asserts that each of these codes was logged for the Service. */
  async because(name: string, ...codes: readonly string[]): Promise<void> {
    const deadline = Date.now() + 2_000;
    const missing = () => codes.filter((code) => !this.reasons(name).has(code));
    while (missing().length > 0 && Date.now() < deadline) await this.#site.follower.event(50);
    assert.deepEqual(missing(), [], `only ${[...this.reasons(name)].join()} for ${name}`);
  }

  /** Who has a claim on an IP: the JSON of its spec, or undefined. */
  async claim(ip: string): Promise<string | undefined> {
    const { items } = await this.#admin.list<KubeObject & { spec: { ip?: string } }>(CLAIMS);
    const found = items.find(({ spec }) => spec.ip === ip);
    return found && JSON.stringify(found.spec);
  }

  get #human() {
    return this.#site.cluster.client('human');
  }

  get #admin() {
    return this.#site.cluster.client();
  }

  #assigned(name: string, namespace = 'default'): readonly string[] {
    const found = this.#site.follower
      .services()
      .find(({ metadata }) => metadata.name === name && metadata.namespace === namespace);
    return found === undefined ? [] : ipsOf(found);
  }

  async #patch(path: string, body: object, query: Readonly<Record<string, string>> = {}): Promise<Told> {
    const contentType = 'application/merge-patch+json';
    return toldBy(await this.#human.send({ method: 'PATCH', path, body, contentType, query }));
  }
}

interface StatusOptions {
  readonly as?: Identity;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly dryRun?: boolean;
  readonly namespace?: string;
}

function ipsOf(service: Service): readonly string[] {
  return serviceToView({ ...service }).assigned;
}

/** @throws AssertionError when somebody else than holdfast has refused */
function toldBy({ status, body, headers }: Answer): Told {
  const [, warned] = /holdfast: (\w+)/.exec(String(headers.warning ?? '')) ?? [];
  if (status < 300) return warned === undefined ? 'stored' : `warned ${warned}`;
  const [, code] = /\[(\w+)\]/.exec(body) ?? [];
  assert.ok(status === 403 && body.includes('holdfast') && code !== undefined, `${status}: ${body}`);
  return `refused ${code}`;
}

/** Services first, so that no pool is needed any more; then their claims, which would wait for their names. */
async function clear(site: Site): Promise<void> {
  const client = site.cluster.client();
  const gone = (error: unknown) => {
    if (!isStatus(error, 404)) throw error;
  };
  const mine = site.follower
    .services()
    .filter(({ metadata }) => metadata.name !== 'kubernetes' && metadata.namespace !== HEART_NAMESPACE);
  await Promise.all(
    mine.map(({ metadata }) => client.delete(servicePath(metadata.namespace ?? '', metadata.name)).catch(gone)),
  );
  await site.settle();
  if (!readsConfigMap(site.version)) {
    const { items: pools } = await client.list(poolPath());
    for (const { metadata } of pools)
      if (metadata.name !== HEART_POOL) await client.delete(poolPath(metadata.name)).catch(gone);
  }
  const { items: claims } = await client.list<KubeObject & { spec: { ip?: string } }>(CLAIMS);
  const left = claims.filter(({ spec }) => spec.ip?.startsWith('10.255.') !== true);
  await Promise.all(left.map(({ metadata }) => client.delete(`${CLAIMS}/${metadata.name}`).catch(gone)));
  await site.settle('pools');
}
