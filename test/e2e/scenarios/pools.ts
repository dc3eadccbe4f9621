import assert from 'node:assert/strict';
import type { MetallbVersion } from '../../control-plane/versions.ts';
import { asking, type LiveScenario, SINCE_013, SINCE_014 } from './live-scenario.ts';
import { A, A6, B, OTHER } from './scene.ts';

const V4 = ['192.0.2.0/24'];
const BOTH = ['192.0.2.0/24', '2001:db8::/64'];
const MAIN = { name: 'main', addresses: V4 };
const OPEN_OTHER = { name: 'other', addresses: ['198.51.100.0/24'] };
const dual = { spec: { ipFamilyPolicy: 'RequireDualStack' as const } };

const allowStrand = () => ({
  metadata: {
    annotations: {
      'holdfast.dev/allow-strand': `until=${new Date(Date.now() + 3_600_000).toISOString()} reason=renumbering`,
    },
  },
});

/** 0.13 keeps its old pools as long as an IP that it has given would be in none of the new ones. */
const keepsOldPools = (version: MetallbVersion) => !SINCE_014.some((one) => one === version);

/** Rows 13 to 21 and those like them: what edits of pools and labels may do. */
export const POOLS: readonly LiveScenario[] = [
  {
    number: 13,
    on: SINCE_013,
    pools: [MAIN, { ...OPEN_OTHER, autoAssign: false }],
    play: async (scene) => {
      await scene.create('web');
      const shrunk = { spec: { addresses: ['192.0.2.128/25'] } };
      assert.equal(await scene.editPool('main', shrunk), 'refused Strand');
      assert.equal(await scene.deletePool('main'), 'refused Strand');
      await scene.have({ web: [A] });
      await scene.editPool('main', allowStrand());
      assert.match(await scene.editPool('main', shrunk), /^(?:stored|warned StrandAllowed)$/);
      await scene.have({ web: [keepsOldPools(scene.version) ? A : '192.0.2.128'] });
      if (!keepsOldPools(scene.version)) await scene.because('web', 'PoolGone');
    },
  },
  {
    number: 16,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      assert.equal(await scene.editPool('main', { spec: { avoidBuggyIPs: true } }), 'refused Strand');
      await scene.have({ web: [A] });
    },
  },
  {
    number: 17,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      const only = (namespace: string) => ({ spec: { serviceAllocation: { namespaces: [namespace] } } });
      assert.equal(await scene.editPool('main', only('elsewhere')), 'refused Strand');
      assert.equal(await scene.editPool('main', only('default')), 'stored');
      await scene.have({ web: [A] });
    },
  },
  {
    number: 18,
    on: SINCE_013,
    play: async (scene) => {
      const [namespace, blue] = [
        'team',
        { namespaceSelectors: [{ matchLabels: { team: 'blue' } }], namespaces: ['elsewhere'] },
      ];
      assert.equal(await scene.namespace(namespace, { team: 'blue' }), 'stored');
      assert.equal(await scene.editPool('main', { spec: { serviceAllocation: blue } }), 'stored');
      await scene.create('web', { namespace });
      assert.equal(await scene.namespace(namespace, { team: 'red' }), 'warned Strand');
      await scene.have({ web: [A] }, namespace);
    },
  },
  {
    number: 19,
    on: SINCE_013,
    pools: [{ ...MAIN, serviceAllocation: { serviceSelectors: [{ matchLabels: { team: 'blue' } }] } }, OPEN_OTHER],
    play: async (scene) => {
      await scene.create('web', { labels: { team: 'blue' } });
      await scene.have({ web: [A] });
      assert.equal(await scene.edit('web', { metadata: { labels: { team: 'blue', more: '1' } } }), 'stored');
      assert.equal(await scene.edit('web', { metadata: { labels: { team: 'red' } } }), 'warned PoolRefuses');
      await scene.because('web', 'PoolIncompatible');
      assert.ok(!(await scene.ips('web')).includes(A));
    },
  },
  {
    number: 20,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web', dual);
      await scene.have({ web: [A, A6] });
      assert.equal(await scene.editPool('main', { spec: { addresses: V4 } }), 'refused Strand');
      await scene.have({ web: [A, A6] });
    },
  },
  {
    number: 21,
    on: SINCE_013,
    pools: [MAIN, OPEN_OTHER],
    play: async (scene) => {
      await scene.create('web', { annotations: asking('address-pool', 'main') });
      await scene.annotate('web', { 'metallb.universe.tf/address-pool': null });
      assert.equal(await scene.editPool('main', { spec: { autoAssign: false } }), 'stored');
      assert.equal(await scene.editPool('other', { spec: { serviceAllocation: { priority: 1 } } }), 'stored');
      await scene.have({ web: [A] });
      assert.equal(await scene.status('web', [OTHER]), `stored ${A}`);
    },
  },
  {
    number: 31,
    on: SINCE_013,
    pools: [
      { name: 'main', addresses: BOTH },
      { name: 'other', addresses: ['198.51.100.0/24', '2001:db8:1::/64'], autoAssign: false },
    ],
    play: async (scene) => {
      await scene.create('web', dual);
      await scene.editPool('main', allowStrand());
      await scene.editPool('main', { spec: { addresses: V4 } });
      assert.ok((await scene.ips('web')).includes(A), 'the IP that still has a pool stays');
    },
  },
  {
    number: 52,
    on: SINCE_013,
    pools: [{ name: 'main', addresses: [`${A}/31`] }],
    play: async (scene) => {
      await scene.create('owner');
      await scene.create('gone');
      await scene.delete('gone');
      await scene.create('web');
      await scene.have({ owner: [A], web: [B] });
    },
  },
  {
    number: 56,
    on: SINCE_013,
    play: async (scene) => {
      await scene.create('web');
      for (const text of ['please', 'until=2020-01-01T00:00Z reason=old']) {
        const edit = { metadata: { annotations: { 'holdfast.dev/allow-strand': text } } };
        assert.equal(await scene.editPool('main', edit), 'warned GlassVoid');
      }
      assert.equal(await scene.deletePool('main'), 'refused Strand');
    },
  },
];
