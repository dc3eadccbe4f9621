import assert from 'node:assert/strict';
import { ALL, asking, type LiveScenario, port, request, SINCE_013, SINCE_015 } from './live-scenario.ts';
import { A, B, C, OTHER, OTHER_POOL } from './scene.ts';

/** After ten seconds of refusals. */
const GIVES_WAY_WITHIN_MS = 20_000;
const MAIN = { name: 'main', addresses: ['192.0.2.0/24'] };

/** Rows 1 to 12 and those like them: who gets which IP, and what requests may do. */
export const ASSIGNING: readonly LiveScenario[] = [
  {
    number: 1,
    on: ALL,
    play: async (scene) => {
      await scene.create('web');
      await scene.have({ web: [A] });
      await scene.because('web', 'Assigned');
    },
  },
  {
    number: 2,
    on: ALL,
    play: async (scene) => {
      await scene.create('owner');
      await scene.whileMetallbSleeps(async () => {
        await scene.createUnpinned('web');
        assert.equal(await scene.status('web', [A]), scene.redirected(B));
      });
      await scene.have({ owner: [A], web: [B] });
      await scene.because('web', scene.knowsPools ? 'Redirected' : 'Theft');
    },
  },
  {
    number: 3,
    on: ALL,
    play: async (scene) => {
      await scene.create('one', { annotations: asking('allow-shared-ip', 'k'), spec: port(80) });
      await scene.create('two', { annotations: asking('allow-shared-ip', 'k'), spec: port(443) });
      await scene.have({ one: [A], two: [A] });
      await scene.because('two', 'Assigned');
    },
  },
  {
    number: 4,
    on: SINCE_013,
    play: async (scene) => {
      await scene.whileMetallbSleeps(async () => {
        await scene.createPending('asks', { annotations: asking('loadBalancerIPs', A) });
        await scene.createUnpinned('web');
        assert.equal(await scene.status('web', [A]), `stored ${B}`);
      });
      await scene.have({ asks: [A], web: [B] });
    },
  },
  {
    number: 6,
    on: ALL,
    play: async (scene) => {
      await scene.create('web');
      assert.equal(await scene.status('web', [B]), `stored ${A}`);
      await scene.site.settle();
      await scene.have({ web: [A] });
      await scene.because('web', 'Restored');
    },
  },
  {
    number: 7,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      await scene.annotate('web', request(B));
      await scene.have({ web: [B] });
      await scene.because('web', 'RequestChanged');
    },
  },
  {
    number: 8,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      await scene.create('owner');
      assert.equal(await scene.annotate('web', request(B)), 'warned RequestTaken');
      await scene.have({ web: [A], owner: [B] });
      assert.equal(await scene.annotate('web', request('203.0.113.9')), 'warned RequestUseless');
      await scene.have({ web: [A], owner: [B] });
    },
  },
  {
    number: 9,
    on: SINCE_013,
    pools: [MAIN, OTHER_POOL],
    play: async (scene) => {
      await scene.create('web');
      assert.equal(await scene.annotate('web', asking('address-pool', 'other')), 'warned PoolMove');
      await scene.have({ web: [OTHER] });
      await scene.because('web', 'PoolRequestChanged');
    },
  },
  {
    number: 10,
    on: SINCE_013,
    pools: [MAIN, { name: 'other', addresses: [`${OTHER}/32`], autoAssign: false }],
    play: async (scene) => {
      await scene.create('web');
      await scene.create('owner', { annotations: asking('address-pool', 'other') });
      assert.equal(await scene.annotate('web', asking('address-pool', 'other')), 'warned PoolFull');
      await scene.have({ web: [A], owner: [OTHER] });
      assert.equal(await scene.annotate('web', asking('address-pool', 'nowhere')), 'warned PoolUnknown');
      await scene.have({ web: [A], owner: [OTHER] });
    },
  },
  {
    number: 11,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      assert.equal(await scene.annotate('web', asking('address-pool', 'name-of-old')), 'warned PoolUnknown');
      await scene.have({ web: [A] });
      await scene.annotate('web', { 'metallb.universe.tf/address-pool': null });
      await scene.have({ web: [A] });
    },
  },
  {
    number: 12,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      const edit = {
        'metallb.universe.tf/loadBalancerIPs': A,
        'metallb.io/loadBalancerIPs': B,
        'holdfast.dev/pin': null,
      };
      assert.equal(await scene.annotate('web', edit), 'warned PrefixesDisagree');
      const readsNewer = SINCE_015.some((version) => version === scene.version);
      await scene.have({ web: [readsNewer ? B : A] });
    },
  },
  {
    number: 49,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('owner');
      await scene.create('web');
      const wish = { annotations: asking('loadBalancerIPs', A) };
      assert.equal(await scene.createPending('new', wish), 'warned RequestTaken');
      assert.equal(await scene.annotate('web', request(A)), 'warned RequestTaken');
      await scene.have({ owner: [A], web: [B], new: [] });
    },
  },
  {
    number: 50,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('owner');
      await scene.createPending('new', { annotations: asking('loadBalancerIPs', A) });
      assert.equal(await scene.edit('new', { metadata: { labels: { team: 'blue' } } }), 'stored');
    },
  },
  {
    number: 53,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      await scene.create('copy', { annotations: { ...asking('loadBalancerIPs', A), 'holdfast.dev/pin': A } });
      await scene.have({ web: [A], copy: [B] });
      await scene.because('copy', 'Pinned');
    },
  },
  {
    number: 54,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      const prefix =
        scene.version.startsWith('0.13') || scene.version.startsWith('0.14') ? 'metallb.universe.tf' : 'metallb.io';
      await scene.annotate('web', { [`${prefix}/loadBalancerIPs`]: C });
      await scene.have({ web: [C] });
      await scene.because('web', 'RequestChanged');
    },
  },
  {
    number: 58,
    on: SINCE_013,
    pools: [{ name: 'main', addresses: [`${A}/32`] }],
    play: async (scene) => {
      await scene.whileMetallbSleeps(async () => {
        await scene.createPending('pinned');
        await scene.createUnpinned('web');
        assert.equal(await scene.status('web', [A]), 'refused Theft');
        const deadline = Date.now() + GIVES_WAY_WITHIN_MS;
        while ((await scene.status('web', [A])) === 'refused Theft') {
          assert.ok(Date.now() < deadline, 'the pin is still in the way');
          await scene.site.follower.event(500);
        }
      });
      await scene.have({ web: [A], pinned: [] });
    },
  },
  {
    number: 59,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      assert.equal(await scene.annotate('web', request('2001:db8::9')), 'warned RequestUseless');
      assert.equal(await scene.annotate('web', request(`${B},${C}`)), 'warned RequestInvalid');
      assert.equal(await scene.annotate('web', request('nonsense')), 'warned RequestInvalid');
      await scene.have({ web: [A] });
    },
  },
];
