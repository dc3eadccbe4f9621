import assert from 'node:assert/strict';
import { applyPools, poolPath } from '../../control-plane/metallb-pools.ts';
import { type LiveScenario, SINCE_013, SINCE_014 } from './live-scenario.ts';
import { A, B, OTHER } from './scene.ts';

const POOLS = [
  { name: 'main', addresses: ['192.0.2.0/24'] },
  { name: 'other', addresses: ['198.51.100.0/24'] },
];

/** From 0.14 on MetalLB clears every status when there is no pool. */
const clearsWithoutPools = (version: string) => SINCE_014.some((one) => one === version);

/** Rows that begin in a cluster without a guard, or end without any pool: they come last, since some of them start MetalLB anew. */
export const UNGUARDED: readonly LiveScenario[] = [
  {
    number: 34,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('owner');
      await scene.create('web');
      await scene.have({ owner: [A], web: [B] });
      for (const name of ['owner', 'web']) await scene.unpin(name);
      await scene.whileMetallbSleeps(async () => {
        await scene.site.removeGuard();
        assert.equal(await scene.status('web', [A], { as: 'admin' }), `stored ${A}`);
        await scene.site.startGuard();
      });
      await scene.have({ owner: [A], web: [B] });
    },
  },
  {
    number: 44,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      await scene.unpin('web');
      await scene.whileMetallbSleeps(async () => {
        await scene.site.removeGuard();
        assert.equal(await scene.status('web', [B], { as: 'admin' }), `stored ${B}`);
        await scene.site.startGuard();
      });
      await scene.have({ web: [B] });
      assert.match((await scene.claim(B)) ?? 'no claim', /"name":"web"/);
      assert.doesNotMatch((await scene.claim(A)) ?? '', /"name":"web"/);
    },
  },
  {
    number: 45,
    on: ['0.13.12'],
    pools: [
      { name: 'main', addresses: ['192.0.2.0/24'] },
      { name: 'other', addresses: ['198.51.100.0/24'], autoAssign: false },
    ],
    play: async (scene) => {
      await scene.create('web');
      await scene.unpin('web');
      await scene.site.removeGuard();
      await scene.pools({ name: 'other', addresses: ['198.51.100.0/24'], autoAssign: true });
      await scene.site.cluster.client().delete(poolPath('main'));
      await scene.site.settle();
      await scene.have({ web: [A] });
      await scene.site.startGuard();
      await scene.site.metallb.kill();
      await scene.site.startMetallb();
      await scene.site.settle();
      await scene.have({ web: [OTHER] });
      await scene.because('web', 'PoolGone');
    },
  },
  {
    number: 14,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      assert.equal(await scene.deletePool('main'), 'refused Strand');
      await scene.have({ web: [A] });
    },
  },
  {
    number: 15,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('owner');
      await scene.create('web');
      await scene.site.removePools();
      if (clearsWithoutPools(scene.version)) await scene.because('web', 'Restored');
      await scene.have({ owner: [A], web: [B] });
      await scene.site.reinstall();
    },
  },
  {
    number: 51,
    on: SINCE_013,
    pools: POOLS,
    play: async (scene) => {
      await scene.create('owner');
      await scene.create('web');
      // A pin would bring MetalLB back to them in the end, whatever had happened meanwhile.
      for (const name of ['owner', 'web']) await scene.unpin(name);
      await scene.site.removePools();
      await scene.site.metallb.kill();
      await scene.site.bringCrdsBack();
      // The one that is empty first, and holdfast knows of it: MetalLB finds a place there for everybody.
      await applyPools(scene.site.cluster, scene.version, POOLS.slice(1));
      await scene.site.untilGuardKnowsPool('other');
      await scene.site.startAnew();
      await scene.have({ owner: [A], web: [B] });
      await scene.pools(...POOLS);
      await scene.have({ owner: [A], web: [B] });
    },
  },
];
