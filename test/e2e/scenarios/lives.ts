import assert from 'node:assert/strict';
import { ALL, type LiveScenario, request, SINCE_013 } from './live-scenario.ts';
import { A, A6, B, B6, C } from './scene.ts';

const require = { spec: { ipFamilyPolicy: 'RequireDualStack' as const } };
const prefer = { spec: { ipFamilyPolicy: 'PreferDualStack' } };

/** Rows 22 to 30 and 43: types, deletions, families, and MetalLB's own restart. */
export const LIVES: readonly LiveScenario[] = [
  {
    number: 22,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      assert.equal(await scene.edit('web', { spec: { type: 'ClusterIP' } }), 'stored');
      await scene.have({ web: [] });
      await scene.create('next');
      await scene.have({ next: [B] });
    },
  },
  {
    number: 23,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('owner');
      await scene.create('web');
      await scene.edit('web', { spec: { type: 'ClusterIP' } });
      await scene.create('next');
      await scene.edit('web', { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false } });
      await scene.have({ owner: [A], web: [B], next: [C] });
    },
  },
  {
    number: 24,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      await scene.whileMetallbSleeps(() => scene.createUnpinned('waits'));
      await scene.have({ waits: [B] });
      await scene.delete('web');
      await scene.whileMetallbSleeps(async () => {
        await scene.createUnpinned('next');
        assert.equal(await scene.status('next', [A]), `stored ${C}`);
      });
      await scene.have({ waits: [B], next: [C] });
      await scene.because('next', 'Redirected');
    },
  },
  {
    number: 25,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      await scene.create('owner');
      await scene.delete('web');
      await scene.create('next');
      await scene.create('web');
      await scene.have({ owner: [B], next: [C], web: [A] });
      await scene.because('web', 'Pinned');
    },
  },
  {
    number: 26,
    on: ALL,
    play: async (scene) => {
      await scene.create('web');
      assert.equal(await scene.edit('web', prefer), 'stored');
      await scene.have({ web: [A, A6] });
    },
  },
  {
    number: 27,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('hole', require);
      await scene.create('web');
      await scene.have({ hole: [A, A6], web: [B] });
      await scene.delete('hole');
      await scene.edit('web', require);
      const [first, second = ''] = await scene.ips('web');
      assert.equal(first, B);
      assert.match(second, /^2001:db8::/);
    },
  },
  {
    number: 28,
    on: ALL,
    play: async (scene) => {
      await scene.create('hole', require);
      await scene.create('web', require);
      await scene.have({ web: [B, B6] });
      await scene.delete('hole');
      await scene.edit('web', { spec: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] } });
      await scene.have({ web: [B] });
      await scene.because('web', 'FamilyDropped');
    },
  },
  {
    number: 29,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('owner');
      await scene.create('web');
      await scene.edit('web', { metadata: { annotations: request(B) } });
      await scene.edit('web', prefer);
      assert.ok((await scene.ips('web')).includes(B), `${(await scene.ips('web')).join()}: ${B} is lost`);
    },
  },
  {
    number: 30,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('hole', require);
      await scene.create('web');
      await scene.have({ hole: [A, A6], web: [B] });
      await scene.whileMetallbSleeps(async () => {
        // What 0.14.9 gave to a Service with one ClusterIP, and no later version does.
        assert.equal(await scene.status('web', [B, B6], { as: 'human' }), `stored ${B},${B6}`);
        await scene.deleteQuickly('hole');
      });
      await scene.edit('web', { metadata: { labels: { touched: '1' } } });
      await scene.have({ web: [B] });
      await scene.because('web', 'FamilyDropped');
    },
  },
  {
    number: 43,
    on: ALL,
    play: async (scene) => {
      const names = ['one', 'two', 'three', 'four', 'five', 'six'];
      for (const name of names) await scene.create(name);
      for (const name of names) await scene.unpin(name);
      const before = await Promise.all(names.map((name) => scene.ips(name)));
      await scene.site.metallb.kill();
      const late = ['aa', 'bb', 'cc'];
      for (const name of late) await scene.createUnpinned(name);
      await scene.site.startMetallb();
      for (const name of late) await scene.gets(name);
      await scene.site.settle();
      assert.deepEqual(await Promise.all(names.map((name) => scene.ips(name))), before);
      const all = await Promise.all([...names, ...late].map((name) => scene.ips(name)));
      const owned = all.flat();
      assert.equal(new Set(owned).size, owned.length, 'no IP has two owners');
      // Where thefts can only be refused (0.12), MetalLB may offer a newcomer the same taken IP again and again.
      if (scene.knowsPools) assert.equal(owned.length, names.length + late.length, 'everybody has one');
    },
  },
];
