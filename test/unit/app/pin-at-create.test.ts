import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { claimHolder, claimOn, ipOf, unboundHolder } from '../../gen/claim.ts';
import { pool } from '../../gen/pool.ts';
import { createReview, METALLB_USER, statusReview } from '../../gen/review.ts';
import {
  annotations,
  createdBy,
  dualStack,
  ips,
  type Mod,
  metadata,
  newService,
  pinned,
  requested,
  type ServiceJson,
  service,
  sharing,
  spec,
  version,
} from '../../gen/service.ts';
import { Guarded } from './guarded.ts';
import { Replica, START, TERMS } from './replica.ts';

const [A, B, C] = ['192.0.2.0', '192.0.2.1', '192.0.2.2'];
const [A6, B6] = ['2001:db8::', '2001:db8::1'];
const TF = 'metallb.universe.tf/loadBalancerIPs';
/** The API server's own Service: its family is the cluster's. */
const KUBERNETES = service('kubernetes', spec({ type: 'ClusterIP' }));
const DUAL = spec({ ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] });

describe('a new Service', () => {
  let guard: Guarded;

  beforeEach(() => {
    guard = new Guarded();
    guard.stored(KUBERNETES);
  });

  const creates = (made: ServiceJson = newService('web'), more = {}) => guard.mutate(createReview(made, more));
  /** The IPs it is pinned to; undefined when it is left alone. */
  const pinOf = async (made?: ServiceJson): Promise<string | undefined> => {
    const { response } = await creates(made);
    return response.auditAnnotations?.ips;
  };
  test('leaves an IP alone that waits for another name, as only the claim says, while another is free', async () => {
    await guard.claimedUnseen(claimOn(A, { holders: [claimHolder('gone', { goneSince: START - 1000 })] }));
    assert.equal(await pinOf(), B);
    assert.deepEqual([await guard.holders(A), await guard.holders(B)], [['gone†'], ['web?']]);
  });

  test('is given such an IP under pressure, when nothing else is free', async () => {
    guard.pools(pool('small', [`${A}/32`]));
    await guard.claimedUnseen(claimOn(A, { holders: [claimHolder('gone', { goneSince: START - 1000 })] }));
    assert.equal(await pinOf(), A);
    assert.deepEqual(await guard.holders(A), ['web?']);
  });

  test('is pinned to what MetalLB would choose, under claim, with the whole patch in one piece', async () => {
    const { response, patch } = await creates();
    assert.deepEqual(patch, [
      {
        op: 'add',
        path: '/metadata/annotations',
        value: { [TF]: A, 'holdfast.dev/pin': A, 'holdfast.dev/claim': 'create-web' },
      },
    ]);
    assert.deepEqual(
      { ...response, patch: '' },
      {
        uid: 'create-web',
        allowed: true,
        auditAnnotations: { reason: 'Pinned', mode: 'repair', ips: A },
        patch: '',
        patchType: 'JSONPatch',
      },
    );
    assert.deepEqual(await guard.holders(A), ['web?']);
    const [holder] = guard.state.book.get(ipOf(A))?.holders ?? [];
    assert.deepEqual([holder?.reviewUid, holder?.basis, holder?.since], ['create-web', 0, START]);
  });

  test('beside annotations of its own gets three more', async () => {
    const { patch } = await creates(newService('web', metadata({ annotations: { mine: '1' } })));
    assert.deepEqual(
      patch?.map(({ op, path }) => `${op} ${path}`),
      [
        'add /metadata/annotations/metallb.universe.tf~1loadBalancerIPs',
        'add /metadata/annotations/holdfast.dev~1pin',
        'add /metadata/annotations/holdfast.dev~1claim',
      ],
    );
  });

  test('with generateName is claimed without a name, and found by its review', async () => {
    const made = newService('', metadata({ name: undefined, generateName: 'web-' }));
    await guard.mutate(createReview(made, { uid: 'create-generated' }));
    assert.deepEqual(await guard.holders(A), ['?']);
    guard.stored(service('web-x7k2p', createdBy('create-generated'), pinned(A)));
    await guard.upkeep.pass();
    assert.deepEqual(await guard.holders(A), ['web-x7k2p']);
  });

  test('then gets just this IP from MetalLB, without a repair and without another claim', async () => {
    await creates();
    const stored = service('web', createdBy('create-web'), pinned(A));
    guard.stored(stored);
    const { patch, allowed } = await guard.write(statusReview(stored, ips(A)(stored)));
    assert.deepEqual([patch, allowed], [undefined, true]);
    assert.deepEqual(await guard.holders(A), ['web']);
    assert.equal(guard.shared.store.memory.all().length, 1);
  });

  test('of two at once each gets its own', async () => {
    const [one, two] = await Promise.all([creates(newService('one')), creates(newService('two'))]);
    assert.deepEqual(new Set([one, two].map(({ response }) => response.auditAnnotations?.ips)), new Set([A, B]));
  });

  test('an IP that another replica has claimed is found out, and the next one is taken', async () => {
    const other = new Replica(guard.shared);
    other.stored(service('elsewhere'));
    await other.keeper.hold(ipOf(A), other.keeper.claimant(guard.shared.live.get('elsewhere') ?? assert.fail(), false));
    assert.equal(await pinOf(), B);
    assert.deepEqual(await guard.holders(A), ['elsewhere']);
  });

  test('in a dry run is told the same pin, and nothing is claimed', async () => {
    const { patch } = await creates(newService('web'), { dryRun: true });
    assert.match(JSON.stringify(patch), new RegExp(`"holdfast.dev/pin":"${A}"`));
    assert.deepEqual(guard.shared.store.calls, []);
    assert.equal(await pinOf(), A);
  });

  test('is pinned under the prefix that MetalLB writes', async () => {
    const stored = service('other');
    guard.stored(stored);
    const written = annotations({ 'metallb.io/ip-allocated-from-pool': 'main' })(ips(A)(stored));
    await guard.write(statusReview(stored, written, { userInfo: { username: METALLB_USER } }));
    const { patch } = await creates();
    assert.match(JSON.stringify(patch), /"metallb\.io\/loadBalancerIPs":"192\.0\.2\.1"/);
  });

  describe('is left alone', () => {
    const rows: readonly (readonly [string, ServiceJson])[] = [
      ['when it is no LoadBalancer', newService('web', spec({ type: 'ClusterIP' }))],
      ['when its class is another', newService('web', spec({ loadBalancerClass: 'a/b' }))],
      ['when the user requests an IP', newService('web', requested(B))],
      [
        'when it names a pool that does not exist',
        newService('web', annotations({ 'metallb.io/address-pool': 'none' })),
      ],
      ['when it may become dual-stack or not', newService('web', spec({ ipFamilyPolicy: 'PreferDualStack' }))],
    ];
    for (const [name, made] of rows) {
      test(name, async () => {
        const { response } = await creates(made);
        assert.deepEqual(response, { uid: 'create-web', allowed: true });
        assert.deepEqual(guard.shared.store.calls, []);
      });
    }

    test('when nothing is free', async () => {
      guard.pools(pool('main', [`${A}/32`]));
      guard.stored(service('owner', ips(A)));
      assert.deepEqual((await creates()).response, { uid: 'create-web', allowed: true });
    });

    test('when the family of the cluster is not known', async () => {
      guard = new Guarded();
      assert.deepEqual((await creates()).response, { uid: 'create-web', allowed: true });
    });

    test('when no pool is open to its namespace', async () => {
      guard.pools(pool('main', ['192.0.2.0/24'], { serviceAllocation: { priority: 0, namespaces: ['shop'] } }));
      assert.deepEqual((await creates()).response, { uid: 'create-web', allowed: true });
    });

    test('in enforce, whoever asks the mutating hook', async () => {
      guard = new Guarded({ mode: 'enforce' });
      guard.stored(KUBERNETES);
      assert.deepEqual((await creates()).response, { uid: 'create-web', allowed: true });
    });

    test('with --pin repair', async () => {
      guard = new Guarded({ pin: 'repair' });
      guard.stored(KUBERNETES);
      assert.deepEqual((await creates()).response, { uid: 'create-web', allowed: true });
      assert.deepEqual(guard.shared.store.calls, []);
    });
  });

  describe('that shares', () => {
    const made = (name: string, port: number) => newService(name, sharing('k', port));
    const stored = (name: string, port: number) =>
      guard.stored(service(name, sharing('k', port), createdBy(`create-${name}`), pinned(A)));

    test('is pinned beside one of its key that has no IP yet: MetalLB would put both on one', async () => {
      assert.equal(await pinOf(made('one', 80)), A);
      stored('one', 80);
      assert.equal(await pinOf(made('two', 443)), A);
      assert.deepEqual(await guard.holders(A), ['one?', 'two?']);
      stored('two', 443);
      await guard.upkeep.pass();
      assert.deepEqual(await guard.holders(A), ['one', 'two']);
    });

    test('gets another IP when the port is taken, or when nothing is known of the other yet', async () => {
      await creates(made('one', 80));
      assert.equal(await pinOf(made('too-early', 443)), B);
      stored('one', 80);
      assert.equal(await pinOf(made('same-port', 80)), C);
    });

    test('does not join an IP that only waits for a name', async () => {
      guard.stored(service('gone', sharing('k', 80), ips(A)));
      await guard.upkeep.pass();
      guard.deleted('gone');
      await guard.upkeep.pass();
      assert.equal(await pinOf(made('two', 443)), B);
    });
  });

  describe('with two families', () => {
    test('gets both, of one pool', async () => {
      guard.pools(pool('four', ['192.0.2.0/24']), pool('both', ['198.51.100.0/24', '2001:db8::/64']));
      const { response } = await creates(newService('web', DUAL));
      assert.equal(response.auditAnnotations?.ips, `198.51.100.0,${A6}`);
    });

    test('is left alone when one of them is not to be had', async () => {
      guard.pools(pool('four', ['192.0.2.0/24']));
      assert.deepEqual((await creates(newService('web', DUAL))).response, { uid: 'create-web', allowed: true });
      assert.deepEqual(guard.shared.store.memory.all(), []);
    });

    test('of which one turns out to be taken keeps no claim that it does not use', async () => {
      const other = new Replica(guard.shared);
      other.stored(service('elsewhere'));
      const elsewhere = other.keeper.claimant(guard.shared.live.get('elsewhere') ?? assert.fail(), false);
      await other.keeper.hold(ipOf(A6), elsewhere);
      const { response } = await creates(newService('web', DUAL));
      const [four, six] = response.auditAnnotations?.ips?.split(',') ?? [];
      assert.equal(six, B6);
      const mine = guard.shared.store.memory.all().filter(({ holders }) => holders[0]?.service.name === 'web');
      assert.deepEqual(mine.map(({ ip }) => ip).toSorted(), [four, six]);
    });
  });

  test('that comes back with two families gets both again, or two others', async () => {
    const [C6] = ['2001:db8::2'];
    guard.stored(service('web', dualStack(), ips(C, C6)), service('low', ips(A)), service('low6', ips(A6)));
    await guard.upkeep.pass();
    guard.deleted('web');
    await guard.upkeep.pass();
    const asked = createReview(newService('web', DUAL), { dryRun: true });
    assert.equal((await guard.mutate(asked)).response.auditAnnotations?.ips, `${C},${C6}`);
    guard.stored(service('thief', ips(C6)));
    assert.equal((await guard.mutate(asked)).response.auditAnnotations?.ips, `${B},${B6}`);
  });

  describe('that comes back under its name', () => {
    beforeEach(async () => {
      guard.stored(service('other', ips(A)), service('web', ips(C)));
      await guard.upkeep.pass();
      guard.deleted('web');
    });

    test('gets its IP back while it waits for it, marked or not', async () => {
      assert.equal(await pinOf(), C);
    });

    test('also after the claim was marked, until the time is over', async () => {
      await guard.upkeep.pass();
      guard.shared.now = START + TERMS.stickyMs - 1;
      assert.equal(await pinOf(), C);
      assert.deepEqual(await guard.holders(C), ['web?']);
    });

    test('gets any after that', async () => {
      await guard.upkeep.pass();
      guard.shared.now = START + TERMS.stickyMs;
      await guard.upkeep.pass();
      assert.equal(await pinOf(), B);
    });

    test('gets any after that, also while the claim is still there', async () => {
      await guard.upkeep.pass();
      guard.shared.now = START + TERMS.stickyMs;
      assert.equal(await pinOf(), B);
    });

    test('gets another when it asks for another pool', async () => {
      guard.pools(pool('main', ['192.0.2.0/24']), pool('second', ['198.51.100.0/24']));
      assert.equal(
        await pinOf(newService('web', annotations({ 'metallb.io/address-pool': 'second' }))),
        '198.51.100.0',
      );
    });

    test('gets another when its pool is gone', async () => {
      guard.pools(pool('second', ['198.51.100.0/24']));
      assert.equal(await pinOf(), '198.51.100.0');
    });

    test('another name does not get it', async () => {
      assert.equal(await pinOf(newService('new')), B);
      assert.equal(await pinOf(newService('newer')), '192.0.2.3');
    });

    test('another name gets it when nothing else is left', async () => {
      guard.pools(pool('main', [`${A}/32`, `${C}/32`]));
      assert.equal(await pinOf(newService('new')), C);
      assert.deepEqual(await guard.holders(C), ['new?']);
    });
  });

  describe('with a pin that came with a copied manifest', () => {
    const copy = (ip: string, ...mods: readonly Mod[]) =>
      newService('copy', pinned(ip), createdBy('create-original'), ...mods);

    test('that is held gets a pin of its own', async () => {
      guard.stored(service('original', pinned(A), createdBy('create-original'), ips(A)));
      const { patch } = await creates(copy(A));
      assert.deepEqual(patch, [
        { op: 'add', path: '/metadata/annotations/metallb.universe.tf~1loadBalancerIPs', value: B },
        { op: 'add', path: '/metadata/annotations/holdfast.dev~1pin', value: B },
        { op: 'add', path: '/metadata/annotations/holdfast.dev~1claim', value: 'create-copy' },
      ]);
    });

    test('that is free keeps it, under a claim of its own', async () => {
      const { patch } = await creates(copy(C));
      assert.deepEqual(patch, [{ op: 'add', path: '/metadata/annotations/holdfast.dev~1claim', value: 'create-copy' }]);
      assert.deepEqual(await guard.holders(C), ['copy?']);
    });

    test('that is held loses it when nothing else is free', async () => {
      guard.pools(pool('main', [`${A}/32`]));
      guard.stored(service('original', ips(A)));
      const { patch, response } = await creates(copy(A));
      assert.deepEqual(
        patch?.map(({ op, path }) => `${op} ${path}`),
        [
          'remove /metadata/annotations/metallb.universe.tf~1loadBalancerIPs',
          'remove /metadata/annotations/holdfast.dev~1pin',
          'remove /metadata/annotations/holdfast.dev~1claim',
        ],
      );
      assert.equal(response.auditAnnotations?.reason, 'Unpinned');
    });

    test('of which one IP of two is held loses it', async () => {
      guard = new Guarded({ pin: 'never' });
      guard.stored(KUBERNETES, service('original', ips(A)));
      const both = newService('copy', DUAL, pinned(`${A},${A6}`));
      assert.equal((await creates(both)).response.auditAnnotations?.reason, 'Unpinned');
    });

    test('that is held loses it with --pin never as well', async () => {
      guard = new Guarded({ pin: 'never' });
      guard.stored(KUBERNETES, service('original', ips(A)));
      assert.equal((await creates(copy(A))).response.auditAnnotations?.reason, 'Unpinned');
      assert.deepEqual((await creates(copy(C))).response, { uid: 'create-copy', allowed: true });
    });

    test('edited by the user is a request, and stays', async () => {
      const edited = annotations({ [TF]: C });
      assert.deepEqual((await creates(copy(A, edited))).response, { uid: 'create-copy', allowed: true });
    });
  });

  test('that may share an IP gets it', async () => {
    guard.stored(service('owner', ips(C), sharing('k', 80)), service('low', ips(A)), service('lower', ips(B)));
    await guard.upkeep.pass();
    assert.equal(await pinOf(newService('web', sharing('k', 81))), C);
    assert.deepEqual(await guard.holders(C), ['owner', 'web?']);
  });

  describe('never drains a pool: only so many claims may wait for Services that are being created', () => {
    beforeEach(() => {
      for (let i = 0; i < 512; i += 1) {
        const ip = `2001:db8:0:1::${i.toString(16)}`;
        guard.state.book.put(claimOn(ip, { version: 1, holders: [unboundHolder(`f${i}`, `r${i}`, { since: START })] }));
      }
    });

    test('one too many', async () => {
      assert.deepEqual((await creates()).response, { uid: 'create-web', allowed: true });
    });

    test('one of them is bound', async () => {
      guard.state.book.put(claimOn('2001:db8:0:1::', { version: 2, holders: [claimHolder('f0')] }));
      assert.equal(await pinOf(), A);
    });

    test('one of the Services is seen, although its claim is not bound yet', async () => {
      guard.stored(service('f0', createdBy('r0'), pinned('2001:db8:0:1::'), version(101)));
      assert.equal(await pinOf(), A);
    });
  });

  test('the time is up before an IP was had: it is left alone', async () => {
    assert.deepEqual((await guard.mutate(createReview(newService('web')), 0)).response, {
      uid: 'create-web',
      allowed: true,
    });
  });

  test('a pin that was given is not given to anybody else while its Service is pending', async () => {
    await creates();
    guard.stored(service('web', createdBy('create-web'), pinned(A), version(101)));
    guard.shared.now = START + 10 * TERMS.graceMs;
    assert.equal(await pinOf(newService('late')), B);
  });
});
