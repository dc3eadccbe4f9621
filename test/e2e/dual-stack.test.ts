import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { type Cluster, startCluster } from '../control-plane/cluster.ts';
import { type Service, servicePath } from '../control-plane/kube-types.ts';
import { installMetallb, startMetallb } from '../control-plane/metallb.ts';
import { applyPools } from '../control-plane/metallb-pools.ts';
import { observeServices, type ServiceObserver } from '../control-plane/observer.ts';
import { createService, createServices, serviceIps } from '../control-plane/services.ts';
import { formatTable } from '../control-plane/table.ts';
import type { MetallbVersion } from '../control-plane/versions.ts';
import { asCreated, FAMILY_CASES, type FamilyCase, familiesInTheEnd } from './support/family-cases.ts';
import { prepareGuards } from './support/guard.ts';

/** What a round of all cases came to, guarded or not. */
interface Round {
  readonly metallb: MetallbVersion;
  readonly guard: string;
  /** Cases of which an IP was lost whose family stayed. */
  readonly moved: readonly string[];
  /** Cases that lack a family in the end. */
  readonly lacking: readonly string[];
  readonly doubled: number;
  readonly repaired: number;
  /** From the edits until the last change of a Service. */
  readonly restMs: number | undefined;
}

const rounds: Round[] = [];
after(() =>
  console.log(
    `\n${formatTable<Round>(
      [
        { title: 'dual stack', text: ({ guard }) => guard },
        { title: 'MetalLB', text: ({ metallb }) => metallb },
        { title: 'moved', text: ({ moved }) => String(moved.length) },
        { title: 'lacking', text: ({ lacking }) => String(lacking.length) },
        { title: '2 owners', text: ({ doubled }) => String(doubled) },
        { title: 'repaired', text: ({ repaired }) => String(repaired) },
        { title: 'at rest', text: ({ restMs }) => (restMs === undefined ? 'no' : `${(restMs / 1000).toFixed(1)} s`) },
      ],
      rounds,
    )}\n`,
  ),
);

/** Rest is noticed after this long without any change of a Service. */
const QUIET_MS = 4_000;
/** Twice what a quiet machine needs at most. */
const REST_WITHIN_MS = 60_000;
/** Dual-stack Services that take the lowest IPs first and then go: whoever starts afresh meets a lower free IP. */
const HOLES = FAMILY_CASES.length;

/** A cluster of one version, in which rounds are played. */
class Stage {
  readonly #cluster: Cluster;
  readonly #observer: ServiceObserver;

  constructor(cluster: Cluster, observer: ServiceObserver) {
    this.#cluster = cluster;
    this.#observer = observer;
  }

  /** All cases at once: created, and edited when all have what they ask for. */
  async play(prefix: string): Promise<Pick<Round, 'moved' | 'lacking' | 'doubled' | 'restMs'>> {
    const { ledger } = this.#observer;
    await createServices(this.#cluster, {
      count: HOLES,
      prefix: `${prefix}-hole`,
      spec: { ipFamilyPolicy: 'RequireDualStack' },
    });
    await this.#observer.waitUntilAssigned(HOLES);
    for (const one of FAMILY_CASES) await createService(this.#cluster, asCreated(one, prefix));
    await this.#observer.waitUntilAssigned(HOLES + FAMILY_CASES.length);
    const ready = await this.#observer.waitUntil(() => ledger.halfAssigned().length === 0, REST_WITHIN_MS);
    assert.ok(ready, `have only one family before any edit: ${ledger.halfAssigned().join()}`);
    await this.#observer.waitForQuiet(1_000, REST_WITHIN_MS);
    const movesBefore = ledger.moves.length;
    const holes = ledger.services().filter(({ metadata: { name } }) => name.startsWith(`${prefix}-hole`));
    await Promise.all(holes.map(({ metadata: { name } }) => this.#delete(name)));
    await this.#observer.waitUntil(
      () => holes.every(({ metadata }) => !ledger.get(`default/${metadata.name}`)),
      20_000,
    );
    const editedAt = Date.now();
    for (const one of FAMILY_CASES) await this.#edit(one, prefix);
    const quiet = await this.#observer.waitForQuiet(QUIET_MS, REST_WITHIN_MS);
    const { lastEventAtMs, doubledEver } = this.#observer.snapshot();
    const lost = new Set(ledger.moves.slice(movesBefore).map(({ service }) => service));
    return {
      moved: FAMILY_CASES.map(({ name }) => name).filter((name) => lost.has(`default/${prefix}-${name}`)),
      lacking: FAMILY_CASES.filter((one) => this.#lacks(one, prefix)).map(({ name }) => name),
      doubled: doubledEver.length,
      restMs: quiet ? Math.max(0, lastEventAtMs - editedAt) : undefined,
    };
  }

  async clear(): Promise<void> {
    const { ledger } = this.#observer;
    const names = ledger
      .services()
      .flatMap(({ spec, metadata }) => (spec.type === 'LoadBalancer' ? [metadata.name] : []));
    await Promise.all(names.map((name) => this.#delete(name)));
    await this.#observer.waitUntil(() => ledger.assigned.size + ledger.pending.size === 0, 20_000);
  }

  #lacks(one: FamilyCase, prefix: string): boolean {
    const service = this.#observer.ledger.get(`default/${prefix}-${one.name}`);
    const has = service === undefined ? [] : serviceIps(service).map((ip) => (ip.includes(':') ? 'IPv6' : 'IPv4'));
    return familiesInTheEnd(one).some((family) => !has.includes(family));
  }

  async #edit({ name, edit, requestsOwn }: FamilyCase, prefix: string): Promise<void> {
    if (edit === undefined) return;
    const path = servicePath('default', `${prefix}-${name}`);
    const human = this.#cluster.client('human');
    if (requestsOwn === true) {
      const own = serviceIps(await human.get<Service>(path)).join();
      // Under another prefix than its pin's it would contradict the pin: a user edits what is there.
      const annotations = {
        'metallb.universe.tf/loadBalancerIPs': own,
        'metallb.io/loadBalancerIPs': null,
        'holdfast.dev/pin': null,
      };
      await human.patch(path, 'merge', { metadata: { annotations } });
    }
    await human.patch(path, 'merge', { spec: { ipFamilyPolicy: edit.policy, ipFamilies: edit.families } });
  }

  async #delete(name: string): Promise<void> {
    await this.#cluster.client('human').delete(servicePath('default', name));
  }
}

/** What each version does to the IPs whose family stays, when nobody guards them (at least). */
const MISBEHAVES: Readonly<Record<string, readonly string[]>> = {
  '0.13.12': ['v4-to-prefer', 'v4-to-require', 'prefer-to-v4', 'requested-v4-to-prefer', 'v4-pool-to-prefer'],
  '0.14.5': ['v4-to-prefer', 'v4-to-require', 'prefer-to-v4', 'requested-v4-to-prefer', 'v4-pool-to-prefer'],
  '0.15.3': ['v4-to-require', 'prefer-to-v4', 'requested-v4-to-prefer'],
  '0.16.1': ['v4-to-require', 'prefer-to-v4', 'requested-v4-to-prefer'],
};

describe('dual stack, by version', () => {
  for (const [version, misbehaves] of Object.entries(MISBEHAVES)) {
    const metallb = version as MetallbVersion;
    test(`${metallb}: unguarded an added or dropped family moves the other; guarded it never does, and there is rest`, async () => {
      const cluster = await startCluster({ dualStack: true });
      const guards = await prepareGuards(cluster, 2, { mode: 'repair' });
      const observer = await observeServices(cluster);
      try {
        await installMetallb(cluster, metallb);
        await applyPools(cluster, metallb, [
          { name: 'both', addresses: ['10.220.0.0/24', 'fd00:220::/120'] },
          { name: 'v4-only', addresses: ['10.221.0.0/24'], autoAssign: false },
        ]);
        await startMetallb(cluster, metallb);
        const stage = new Stage(cluster, observer);
        const bare = { metallb, guard: 'none', repaired: 0, ...(await stage.play('bare')) };
        rounds.push(bare);
        await stage.clear();
        await guards.start();
        const held = { metallb, guard: 'repair×2', ...(await stage.play('held')), repaired: guards.repairs().length };
        rounds.push(held);
        assert.deepEqual(
          misbehaves.filter((name) => !bare.moved.includes(name)),
          [],
          `unguarded it would be real: moved ${bare.moved.join()}`,
        );
        const { moved, lacking, doubled } = held;
        assert.deepEqual({ moved, lacking, doubled }, { moved: [], lacking: [], doubled: bare.doubled });
        assert.notEqual(held.restMs, undefined, 'Services still change');
      } finally {
        guards.stop();
        await observer.stop();
        await cluster.stop();
      }
    });
  }
});
