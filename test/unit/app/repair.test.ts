import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { ClusterError } from '../../../src/app/cluster-error.ts';
import { claimHolder, claimOn, ipOf } from '../../gen/claim.ts';
import { pool } from '../../gen/pool.ts';
import { statusReview } from '../../gen/review.ts';
import {
  annotations,
  dualStack,
  ingress,
  ips,
  type Mod,
  metadata,
  pinned,
  requested,
  type ServiceJson,
  service,
  sharing,
  spec,
  version,
} from '../../gen/service.ts';
import { Guarded } from './guarded.ts';
import { Replica, START } from './replica.ts';

const [A, B, C] = ['192.0.2.0', '192.0.2.1', '192.0.2.2'];
const [A6, B6] = ['2001:db8::', '2001:db8::1'];
const PIN = '/metadata/annotations/holdfast.dev~1pin';
const TF = '/metadata/annotations/metallb.universe.tf~1loadBalancerIPs';

describe('a status write of MetalLB’s, through both hooks', () => {
  let guard: Guarded;

  beforeEach(() => {
    guard = new Guarded();
  });

  /** MetalLB's write to `web`, as stored with `mods`. */
  const review = (becomes: Mod, mods: readonly Mod[] = [], more = {}) => {
    const stored = service('web', ...mods);
    return statusReview(stored, becomes(stored), more);
  };
  const owner = (...mods: readonly Mod[]): ServiceJson => service('owner', ...mods);

  test('a free IP passes without a patch, and is claimed once', async () => {
    guard.stored(service('web'));
    const { patch, response, allowed } = await guard.write(review(ips(A)));
    assert.deepEqual([patch, allowed], [undefined, true]);
    assert.deepEqual(response, { uid: 'review-web', allowed: true });
    assert.deepEqual(guard.shared.store.calls, [`create ${A}`]);
    assert.deepEqual(
      guard.records.map(({ hook, decision }) => [hook, decision.kind]),
      [['validate', 'allow']],
    );
  });

  test('a write upon an outdated version is not repaired and claims nothing: the API server answers it with 409', async () => {
    guard.stored(owner(ips(A)), service('web', version(101)));
    for (const ip of [A, B]) {
      const stored = service('web', version(101));
      const { response } = await guard.mutate(statusReview(stored, ips(ip)(service('web', version(100)))));
      assert.deepEqual(response, { uid: 'review-web', allowed: true });
    }
    assert.deepEqual([guard.shared.store.calls, guard.records], [[], []]);
    assert.equal(
      (await guard.validate(statusReview(service('web', version(101)), ips(A)(service('web'))))).response.allowed,
      false,
    );
  });

  test('a theft is redirected: IP, pin, audit annotations, claim and record', async () => {
    guard.stored(owner(ips(A)), service('web'));
    const { response, patch, allowed } = await guard.write(review(ips(A)));
    assert.deepEqual(patch, [
      {
        op: 'add',
        path: '/metadata/annotations',
        value: { 'metallb.universe.tf/loadBalancerIPs': B, 'holdfast.dev/pin': B },
      },
      { op: 'add', path: '/status/loadBalancer', value: { ingress: [{ ip: B }] } },
    ]);
    assert.deepEqual(
      { ...response, patch: '' },
      {
        uid: 'review-web',
        allowed: true,
        auditAnnotations: { reason: 'Redirected', mode: 'repair', ips: B, holder: 'default/owner' },
        patch: '',
        patchType: 'JSONPatch',
      },
    );
    assert.equal(allowed, true);
    assert.deepEqual(await guard.holders(B), ['web']);
    assert.equal(await guard.holders(A), undefined);
    assert.deepEqual(
      guard.records.map(({ hook, decision, actor }) => [hook, decision.kind, actor]),
      [
        ['mutate', 'repair', 'metallb'],
        ['validate', 'allow', 'metallb'],
      ],
    );
    assert.deepEqual(guard.nudged, ['uid-owner']);
  });

  test('the same write again gets the same IP, without another claim', async () => {
    guard.stored(owner(ips(A)), service('web'));
    const first = await guard.write(review(ips(A)));
    const calls = guard.shared.store.calls.length;
    const second = await guard.write(review(ips(A)));
    assert.deepEqual(second.patch, first.patch);
    assert.equal(guard.shared.store.calls.length, calls);
  });

  test('an IP that was let go in the write before is no claim of the Service, also while the watch is behind', async () => {
    guard.stored(service('web', ips(B), version(100)));
    await guard.claimed(claimOn(B, { holders: [claimHolder('web', { basis: 99 })] }));
    const cleared = service('web', version(101));
    const { patch, allowed } = await guard.write(statusReview(cleared, ips(A)(cleared)));
    assert.deepEqual([patch, allowed], [undefined, true]);
  });

  test('two thieves at once are given two IPs', async () => {
    guard.stored(owner(ips(A)), service('web'), service('two'));
    const [one, two] = await Promise.all([
      guard.write(review(ips(A))),
      guard.write(statusReview(service('two'), service('two', ips(A)))),
    ]);
    assert.deepEqual([one.allowed, two.allowed], [true, true]);
    assert.deepEqual(new Set([await guard.holders(B), await guard.holders(C)].flat()), new Set(['two', 'web']));
  });

  test('an IP that another replica has given away is found out by its claim', async () => {
    const other = new Replica(guard.shared);
    guard.stored(owner(ips(A)), service('web'));
    other.stored(service('elsewhere'));
    await other.keeper.hold(ipOf(B), other.keeper.claimant(guard.shared.live.get('elsewhere') ?? assert.fail(), false));
    const { patch, allowed } = await guard.write(review(ips(A)));
    assert.deepEqual(patch?.at(-1), { op: 'add', path: '/status/loadBalancer', value: { ingress: [{ ip: C }] } });
    assert.equal(allowed, true);
    assert.deepEqual([await guard.holders(B), await guard.holders(C)], [['elsewhere'], ['web']]);
  });

  test('of two families one is given away elsewhere: the other stays claimed, and both are found', async () => {
    const other = new Replica(guard.shared);
    guard.stored(owner(ips(A)), service('six', ips(A6)), service('web', dualStack()));
    other.stored(service('elsewhere'));
    await other.keeper.hold(
      ipOf(B6),
      other.keeper.claimant(guard.shared.live.get('elsewhere') ?? assert.fail(), false),
    );
    const { patch, allowed } = await guard.write(review(ips(A, A6), [dualStack()]));
    const expected = { ingress: [{ ip: B }, { ip: '2001:db8::2' }] };
    assert.deepEqual(patch?.at(-1), { op: 'add', path: '/status/loadBalancer', value: expected });
    assert.equal(allowed, true);
    assert.equal(guard.shared.store.memory.all().length, 3);
  });

  test('a move is restored: the status as it was stored, and a pin', async () => {
    const stored = [ingress({ ip: A, ipMode: 'VIP', ports: [{ port: 80, protocol: 'TCP' }] }), annotations({ x: '1' })];
    guard.stored(service('web', ...stored));
    const { response, patch, allowed } = await guard.write(review(ips(B), stored));
    assert.deepEqual(patch, [
      { op: 'add', path: TF, value: A },
      { op: 'add', path: PIN, value: A },
      {
        op: 'add',
        path: '/status/loadBalancer',
        value: { ingress: [{ ip: A, ipMode: 'VIP', ports: [{ port: 80, protocol: 'TCP' }] }] },
      },
    ]);
    assert.deepEqual(response.auditAnnotations, { reason: 'Restored', mode: 'repair', ips: A });
    assert.equal(allowed, true);
    assert.equal(await guard.holders(B), undefined);
    assert.deepEqual(guard.nudged, []);
  });

  test('a restore that would change nothing is made visible, at growing intervals', async () => {
    const stored = [pinned(A), ips(A)];
    guard.stored(service('web', ...stored));
    const marks: (string | undefined)[] = [];
    for (const later of [0, 999, 1000, 2999, 3000]) {
      guard.shared.now = START + later;
      const { patch } = await guard.mutate(review(ips(), stored));
      const mark = patch?.find(({ path }) => path.endsWith('~1repaired'));
      marks.push(mark !== undefined && mark.op === 'add' ? String(mark.value) : undefined);
      assert.equal(patch?.at(-1)?.path, '/status/loadBalancer');
    }
    assert.deepEqual(marks, [
      '2026-06-01T00:00:00.000Z',
      undefined,
      '2026-06-01T00:00:01.000Z',
      undefined,
      '2026-06-01T00:00:03.000Z',
    ]);
  });

  test('a request in vain: the IP stays, the write changes nothing at all, and so MetalLB is not woken up', async () => {
    const note = annotations({ 'metallb.io/ip-allocated-from-pool': 'main' });
    const stored = [ips(A), requested(B)];
    guard.stored(owner(ips(B)), service('web', note, ...stored));
    const before = service('web', note, ...stored);
    // MetalLB takes its note of the pool away together with the IP.
    const written = ips()(service('web', ...stored));
    for (const later of [0, 10_000, 20_000]) {
      guard.shared.now = START + later;
      const { patch, response, allowed } = await guard.write(statusReview(before, written));
      assert.deepEqual(patch, [
        { op: 'add', path: '/metadata/annotations/metallb.io~1ip-allocated-from-pool', value: 'main' },
        { op: 'add', path: '/status/loadBalancer', value: { ingress: [{ ip: A, ipMode: 'VIP' }] } },
      ]);
      assert.deepEqual(response.auditAnnotations, { reason: 'RequestUnmet', mode: 'repair', ips: A });
      assert.equal(allowed, true);
    }
  });

  test('the note of the pool stays MetalLB’s business when the IPs change', async () => {
    const note = annotations({ 'metallb.universe.tf/ip-allocated-from-pool': 'main' });
    guard.stored(owner(ips(B)), service('web', note));
    const written = annotations({ 'metallb.universe.tf/ip-allocated-from-pool': 'other' })(ips(B)(service('web')));
    const { patch } = await guard.write(statusReview(service('web', note), written));
    assert.deepEqual(
      patch?.filter(({ path }) => path.includes('allocated-from')),
      [],
    );
  });

  test('a pool in vain: the IP stays without a pin, which would keep MetalLB out of that pool for ever', async () => {
    const stored = [ips(A), annotations({ 'metallb.io/address-pool': 'nowhere' })];
    guard.stored(service('web', ...stored));
    const { patch, response } = await guard.write(review(ips(), stored));
    assert.deepEqual(patch, [
      { op: 'add', path: '/status/loadBalancer', value: { ingress: [{ ip: A, ipMode: 'VIP' }] } },
    ]);
    assert.equal(response.auditAnnotations?.reason, 'RequestUnmet');
  });

  test('the prefix of the pin is the one that MetalLB writes', async () => {
    guard.stored(owner(ips(A)), service('web'));
    const stored = service('web');
    const written = annotations({ 'metallb.io/ip-allocated-from-pool': 'main' })(ips(A)(stored));
    const { patch } = await guard.mutate(statusReview(stored, written));
    assert.deepEqual(patch?.slice(0, 2), [
      { op: 'add', path: '/metadata/annotations/metallb.io~1loadBalancerIPs', value: B },
      { op: 'add', path: PIN, value: B },
    ]);
  });

  test('a pin whose IP is gone for a reason is taken away in the same write', async () => {
    const stored = [pinned('203.0.113.1'), ips('203.0.113.1')];
    guard.stored(service('web', ...stored));
    const { patch, response, allowed } = await guard.write(review(ips(), stored));
    assert.deepEqual(patch, [
      { op: 'remove', path: TF },
      { op: 'remove', path: PIN },
    ]);
    assert.deepEqual(response.auditAnnotations, { reason: 'Unpinned', mode: 'repair', ips: '' });
    assert.equal(allowed, true);
  });

  test('with --pin never a repair pins nothing', async () => {
    guard = new Guarded({ pin: 'never' });
    guard.stored(owner(ips(A)), service('web'));
    const { patch, allowed } = await guard.write(review(ips(A)));
    assert.deepEqual(patch, [{ op: 'add', path: '/status/loadBalancer', value: { ingress: [{ ip: B }] } }]);
    assert.equal(allowed, true);
  });

  test('a request for an IP of somebody else is not overridden: it passes the first hook, and is refused', async () => {
    guard.stored(owner(ips(A)), service('web', requested(A)));
    const { patch, allowed } = await guard.write(review(ips(A), [requested(A)]));
    assert.deepEqual([patch, allowed], [undefined, false]);
    assert.equal(await guard.holders(A), undefined);
  });

  test('nothing is free: refused, and no claim is left behind', async () => {
    guard.pools(pool('main', [`${A}/32`]));
    guard.stored(owner(ips(A)), service('web'));
    const { patch, allowed } = await guard.write(review(ips(A)));
    assert.deepEqual([patch, allowed], [undefined, false]);
    assert.deepEqual(guard.shared.store.memory.all(), []);
  });

  test('a holder that was deleted a moment ago stands in nobody’s way', async () => {
    guard.stored(owner(ips(A)), service('web'));
    guard.shared.live.delete('owner');
    const { patch, allowed } = await guard.write(review(ips(A)));
    assert.deepEqual([patch, allowed], [undefined, true]);
    assert.deepEqual(await guard.holders(A), ['web']);
  });

  test('the name of a holder that has a claim keeps its IP, and the newcomer gets another', async () => {
    guard.stored(owner(ips(A)), service('web'));
    await guard.upkeep.pass();
    guard.deleted('owner');
    const { response, allowed } = await guard.write(review(ips(A)));
    assert.deepEqual([response.auditAnnotations?.reason, response.auditAnnotations?.ips], ['Redirected', B]);
    assert.equal(allowed, true);
  });

  test('under pressure the IP of a name that is gone is given up, and nothing is told', async () => {
    guard.pools(pool('main', [`${A}/32`]));
    guard.stored(service('web'));
    await guard.claimed(claimOn(A, { holders: [claimHolder('old', { goneSince: START })] }));
    const { patch, allowed } = await guard.write(review(ips(A)));
    assert.deepEqual([patch, allowed], [undefined, true]);
    assert.deepEqual(await guard.holders(A), ['web']);
  });

  test('sharers are no thieves', async () => {
    const sharer = sharing('k', 81);
    guard.stored(owner(ips(A), sharing('k', 80)), service('web', sharer));
    await guard.upkeep.pass();
    const { patch, allowed } = await guard.write(review(ips(A), [sharer]));
    assert.deepEqual([patch, allowed], [undefined, true]);
    assert.deepEqual(await guard.holders(A), ['owner', 'web']);
  });

  describe('a dry run', () => {
    test('is answered with the same repair, and writes nothing', async () => {
      guard.stored(owner(ips(A)), service('web'));
      const dry = await guard.write(review(ips(A), [], { dryRun: true }));
      assert.deepEqual([dry.allowed, guard.shared.store.calls, guard.nudged], [true, [], []]);
      assert.equal(guard.state.ledger.has(ipOf(B)), false);
      const wet = await guard.write(review(ips(A)));
      assert.deepEqual(wet.patch, dry.patch);
    });

    test('of a free IP neither claims nor reserves it', async () => {
      guard.stored(service('web'));
      const { allowed } = await guard.write(review(ips(A), [], { dryRun: true }));
      assert.deepEqual([allowed, guard.shared.store.calls, guard.state.ledger.has(ipOf(A))], [true, [], false]);
    });

    test('does not count as a restore', async () => {
      const stored = [pinned(A), ips(A)];
      guard.stored(service('web', ...stored));
      await guard.mutate(review(ips(), stored, { dryRun: true }));
      const { patch } = await guard.mutate(review(ips(), stored));
      assert.equal(
        patch?.some(({ path }) => path.endsWith('~1repaired')),
        true,
      );
    });
  });

  describe('whoever is not MetalLB', () => {
    const byAlice = { userInfo: { username: 'alice' } };

    test('is refused, not repaired', async () => {
      guard.stored(owner(ips(A)), service('web'));
      const theft = review(ips(A), [], byAlice);
      const mutated = await guard.mutate(theft);
      assert.deepEqual(mutated.response, { uid: 'review-web', allowed: true });
      const { response } = await guard.validate(theft);
      assert.equal(response.allowed, false);
      assert.match(
        response.status?.message ?? '',
        /^holdfast: \[Theft\] 192\.0\.2\.0 belongs to Service default\/owner/,
      );
      assert.deepEqual(response.auditAnnotations, { reason: 'Theft', mode: 'repair', ip: A, holder: 'default/owner' });
    });

    test('may give a free IP, which is claimed', async () => {
      guard.stored(service('web'));
      const { patch, allowed } = await guard.write(review(ips(A), [], byAlice));
      assert.deepEqual([patch, allowed], [undefined, true]);
      assert.deepEqual(await guard.holders(A), ['web']);
    });

    test('teaches nothing about the prefix', async () => {
      guard.stored(owner(ips(A)), service('web'));
      const learn = annotations({ 'metallb.io/ip-allocated-from-pool': 'p' });
      const stored = service('web');
      await guard.mutate(statusReview(stored, learn(ips(A)(stored)), byAlice));
      const { patch } = await guard.mutate(review(ips(A)));
      assert.match(JSON.stringify(patch), /metallb\.universe\.tf/);
    });
  });

  describe('a forged review', () => {
    for (const [name, forged] of [
      ['of a Service that does not exist', service('ghost')],
      ['of a Service that exists with another uid', service('web', metadata({ uid: 'forged' }))],
    ] as const) {
      test(`${name} gets no claim, is refused, and leaves nothing behind`, async () => {
        guard.stored(owner(ips(A)), service('web'));
        const before = guard.state.ledger.serviceCount;
        for (const wanted of [A, B]) {
          const { allowed } = await guard.write(statusReview(forged, ips(wanted)(forged)));
          assert.equal(allowed, false);
        }
        assert.deepEqual(guard.shared.store.memory.all(), []);
        assert.deepEqual([guard.state.ledger.has(ipOf(B)), guard.state.ledger.serviceCount], [false, before]);
      });
    }

    test('of a Service that is there cannot drain the pool', async () => {
      guard.stored(service('web'));
      for (let i = 0; i < 10; i += 1) {
        const forged = service('web', version(100 + i));
        await guard.write(statusReview(forged, ips(`192.0.2.${i}`)(forged)));
      }
      assert.equal(guard.shared.store.memory.all().length, 1);
    });
  });

  test('a claim that cannot be had is a refusal, never a guess', async () => {
    guard.stored(service('web'), service('old', version(200)));
    await guard.claimed(claimOn(A, { holders: [claimHolder('old', { since: START })] }));
    const touch = async () => {
      const claim = await guard.shared.store.memory.read(ipOf(A));
      if (claim !== undefined) await guard.shared.store.memory.update(claim);
    };
    guard.shared.store.before('update', touch, 100_000);
    const { response } = await guard.validate(review(ips(A)));
    assert.equal(response.allowed, false);
    assert.match(response.status?.message ?? '', /^holdfast: \[Unclaimed\] 192\.0\.2\.0 could not be claimed/);
    assert.equal(guard.state.ledger.has(ipOf(A)), false);
  });

  test('an API server that cannot be asked for the claim makes the failurePolicy apply', async () => {
    guard.stored(service('web'));
    guard.shared.store.before('create', () => Promise.reject(new ClusterError('connection refused')), 2);
    assert.equal((await guard.mutate(review(ips(A)))).http, 503);
    const { http, response } = await guard.validate(review(ips(A)));
    assert.equal(http, 503);
    assert.match(response.status?.message ?? '', /^holdfast: undecided, because .*: connection refused; try again\.$/);
    assert.match(guard.failures.join('\n'), /ClusterUnavailable: undecided.*\n.*ClusterUnavailable/);
  });

  test('in enforce nothing is repaired, and claims are made all the same', async () => {
    guard = new Guarded({ mode: 'enforce' });
    guard.stored(owner(ips(A)), service('web'));
    const theft = await guard.write(review(ips(A)));
    assert.deepEqual([theft.patch, theft.allowed], [undefined, false]);
    const free = await guard.write(review(ips(B)));
    assert.equal(free.allowed, true);
    assert.deepEqual(await guard.holders(B), ['web']);
  });

  test('a Service of another class is nobody’s business here', async () => {
    const other = spec({ loadBalancerClass: 'a/b' });
    guard.stored(owner(ips(A), spec({ loadBalancerClass: 'a/b' })), service('web', other));
    const { patch, allowed } = await guard.write(review(ips(A), [other]));
    assert.deepEqual([patch, allowed], [undefined, true]);
    assert.deepEqual(guard.shared.store.memory.all(), []);
  });
});
