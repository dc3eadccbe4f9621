import assert from 'node:assert/strict';
import { ALL, asking, type LiveScenario, port, SINCE_013 } from './live-scenario.ts';
import { A, A6, B, C } from './scene.ts';

const shared = (key: string, number: number) => ({ annotations: asking('allow-shared-ip', key), spec: port(number) });
const glass = (text: string) => ({ 'holdfast.dev/allow-move': text });
const later = () => new Date(Date.now() + 3_600_000).toISOString();
const FOREIGN = 'example.com/other';

/** Rows 32 to 42, and those like them: sharing, and who may write what. */
export const SHARING_AND_WRITERS: readonly LiveScenario[] = [
  {
    number: 32,
    on: ALL,
    play: async (scene) => {
      await scene.create('owner', shared('k', 80));
      await scene.create('web', shared('k', 443));
      await scene.have({ owner: [A], web: [A] });
      assert.equal(await scene.annotate('web', asking('allow-shared-ip', 'new')), 'warned SharingEnds');
      await scene.have({ owner: [A], web: [B] });
      await scene.because('web', 'SharingBroken');
    },
  },
  {
    number: 33,
    on: ALL,
    play: async (scene) => {
      await scene.create('owner', shared('k', 80));
      await scene.create('web', shared('k', 443));
      const edit = { metadata: { annotations: asking('allow-shared-ip', 'new') } };
      await scene.whileMetallbSleeps(async () => {
        assert.equal(await scene.editQuickly('web', edit), 'warned SharingEnds');
        // Before its watch has brought the first edit, holdfast still sees two that share under the old key.
        await scene.untilEditWouldBe('stored', 'owner', edit);
        assert.equal(await scene.editQuickly('owner', edit), 'stored');
        assert.equal(await scene.status('web', [B]), `stored ${A}`);
      });
      await scene.have({ owner: [A], web: [A] });
    },
  },
  {
    number: 35,
    on: ALL,
    play: async (scene) => {
      await scene.create('web', { spec: { ipFamilyPolicy: 'RequireDualStack' } });
      const before = scene.reasons('web').size;
      const told = await scene.status('web', [
        { ip: A6, ipMode: 'VIP' },
        { ip: A, ipMode: 'Proxy' },
      ]);
      assert.equal(told, `stored ${A},${A6}`);
      await scene.site.settle();
      await scene.have({ web: [A, A6] });
      assert.equal(scene.reasons('web').size, before, 'nobody was asked about it');
    },
  },
  {
    number: 36,
    on: ALL,
    play: async (scene) => {
      await scene.create('web');
      const annotations = { 'metallb.io/ip-allocated-from-pool': 'elsewhere' };
      assert.equal(await scene.status('web', [A], { annotations }), `stored ${A}`);
      await scene.site.settle();
      await scene.have({ web: [A] });
    },
  },
  {
    number: 37,
    on: ALL,
    play: async (scene) => {
      await scene.create('web');
      assert.equal(await scene.status('web', ['10.0.0.5'], { as: 'human' }), 'refused Move');
      await scene.have({ web: [A] });
    },
  },
  {
    number: 38,
    on: ALL,
    play: async (scene) => {
      await scene.create('web');
      for (const ips of [[B], []]) assert.equal(await scene.status('web', ips, { as: 'human' }), 'refused Move');
      await scene.have({ web: [A] });
      await scene.annotate('web', glass(`${A} until=${later()} reason=renumbering`));
      assert.match(await scene.status('web', [B], { as: 'human' }), new RegExp(` ${B}$`));
      await scene.because('web', 'Allowed');
    },
  },
  {
    number: 39,
    on: ALL,
    play: async (scene) => {
      await scene.create('web');
      const annotations = glass(`${A} until=${later()} reason=mine`);
      assert.equal(await scene.status('web', [B], { as: 'human', annotations }), 'refused Move');
      await scene.have({ web: [A] });
    },
  },
  {
    number: 40,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      await scene.whileMetallbSleeps(async () => {
        assert.equal(await scene.status('web', [A, B], { as: 'human' }), `stored ${A},${B}`);
        assert.equal(await scene.status('web', [C]), `stored ${A},${B}`);
      });
      await scene.have({ web: [A, B] });
    },
  },
  {
    number: 41,
    on: ALL,
    play: async (scene) => {
      await scene.createPending('foreign', { spec: { loadBalancerClass: FOREIGN } });
      assert.equal(await scene.status('foreign', [A], { as: 'human' }), `stored ${A}`);
      await scene.whileMetallbSleeps(async () => {
        await scene.createUnpinned('web');
        assert.equal(await scene.status('web', [A]), scene.redirected(B));
      });
      await scene.have({ foreign: [A], web: [B] });
      assert.equal(await scene.status('foreign', [], { as: 'human' }), 'stored');
    },
  },
  {
    number: 42,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      await scene.createPending('second', { spec: { loadBalancerClass: FOREIGN } });
      assert.equal(await scene.status('second', [A]), 'refused Theft');
      await scene.have({ web: [A], second: [] });
    },
  },
  {
    number: 46,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      await scene.whileMetallbSleeps(async () => {
        assert.equal(await scene.status('web', [A, B], { as: 'human' }), `stored ${A},${B}`);
      });
      // Touched, so that MetalLB looks again: it would clear both, and nothing that it does is seen in the Service.
      await scene.edit('web', { metadata: { labels: { touched: '1' } } });
      const changes = scene.site.follower.changes;
      await scene.site.settle();
      assert.equal(scene.site.follower.changes, changes);
      await scene.have({ web: [A, B] });
    },
  },
  {
    number: 47,
    on: ALL,
    play: async (scene) => {
      await scene.create('owner');
      await scene.whileMetallbSleeps(async () => {
        await scene.createUnpinned('web');
        assert.equal(await scene.status('web', [A], { dryRun: true }), scene.redirected(B));
        assert.equal(await scene.claim(B), undefined, 'no trace');
        await scene.have({ web: [] });
      });
    },
  },
  {
    number: 55,
    on: ALL,
    play: async (scene) => {
      await scene.create('web');
      for (const text of [`${A} until=2020-01-01T00:00Z reason=old`, `${A} until=${later()}`, `${A} reason=x`]) {
        assert.equal(await scene.annotate('web', glass(text)), 'warned GlassVoid');
        assert.equal(await scene.status('web', [B], { as: 'human' }), 'refused Move');
      }
      await scene.have({ web: [A] });
    },
  },
];
