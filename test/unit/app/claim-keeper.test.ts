import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Claimant } from '../../../src/app/claim-keeper.ts';
import { serviceToView } from '../../../src/review/service-to-view.ts';
import { claimHolder, claimOn, ipOf, unboundHolder } from '../../gen/claim.ts';
import { createdBy, ips, metadata, pinned, type ServiceJson, service, sharing, version } from '../../gen/service.ts';
import { Replica, START, TERMS } from './replica.ts';

const X = '192.0.2.7';
const IP = ipOf(X);

describe('taking a claim', () => {
  let replica: Replica;

  beforeEach(() => {
    replica = new Replica();
  });

  const claimant = (made: ServiceJson, overSticky = false): Claimant =>
    replica.keeper.claimant(serviceToView(made), overSticky);
  const takes = (made: ServiceJson, overSticky = false): Promise<'held' | 'taken'> =>
    replica.keeper.hold(IP, claimant(made, overSticky));
  const calls = (): readonly string[] => replica.shared.store.calls.map((call) => call.replace(` ${X}`, ''));
  const heldBy = (name: string, more: Parameters<typeof claimHolder>[1] = {}) =>
    claimOn(X, { holders: [claimHolder(name, { since: START, ...more })] });

  test('a free IP costs one create, and the cache knows it at once', async () => {
    replica.stored(service('a'));
    assert.equal(await takes(service('a')), 'held');
    assert.deepEqual(calls(), ['create']);
    assert.deepEqual(replica.state.book.get(IP)?.holders, [
      {
        service: { namespace: 'default', name: 'a', uid: 'uid-a' },
        reviewUid: '',
        basis: 100,
        since: START,
        goneSince: undefined,
      },
    ]);
  });

  test('a write may take what is left until the answer has to be there', async (t) => {
    replica.stored(service('a'));
    const { store } = replica.shared;
    const create = t.mock.method(store, 'create');
    const until = replica.shared.now + 4_500;
    replica.shared.now += 1_000;
    await replica.keeper.hold(IP, replica.keeper.claimant(serviceToView(service('a')), false, until));
    assert.deepEqual(create.mock.calls[0]?.arguments.slice(1), [3_500]);
  });

  test('creating is the lock: of two replicas one gets it', async () => {
    const other = new Replica(replica.shared);
    for (const each of [replica, other]) each.stored(service('a'), service('b'));
    const outcomes = await Promise.all([
      takes(service('a')),
      other.keeper.hold(IP, other.keeper.claimant(serviceToView(service('b')), false)),
    ]);
    assert.deepEqual(outcomes.toSorted(), ['held', 'taken']);
    assert.equal((await replica.holders(X))?.length, 1);
  });

  test('asked again upon the same version it makes no call', async () => {
    replica.stored(service('a'));
    await takes(service('a'));
    replica.shared.now += TERMS.graceMs / 2 - 1;
    assert.equal(await takes(service('a')), 'held');
    assert.deepEqual(calls(), ['create']);
  });

  for (const [name, made, later] of [
    ['in the second half of the grace', service('a'), TERMS.graceMs / 2],
    ['after the clock went back by as much', service('a'), -TERMS.graceMs / 2],
    ['upon a newer version', service('a', version(101)), 0],
  ] as const) {
    test(`asked again ${name} it renews the claim`, async () => {
      replica.stored(service('a'));
      await takes(service('a'));
      replica.shared.now += later;
      assert.equal(await takes(made), 'held');
      assert.deepEqual(calls(), ['create', 'update']);
      const [holder, ...others] = replica.state.book.get(IP)?.holders ?? [];
      assert.deepEqual([holder?.since, others.length], [START + later, 0]);
    });
  }

  describe('when the claim exists and was not seen here', () => {
    beforeEach(() => replica.stored(service('a')));

    test('of the same Service: it is renewed', async () => {
      await replica.claimedUnseen(heldBy('a', { basis: 99 }));
      assert.equal(await takes(service('a')), 'held');
      assert.deepEqual(calls(), ['create', 'read', 'update']);
      assert.deepEqual(await replica.holders(X), ['a']);
    });

    test('of a Service that has the IP: taken, and the caches know by whom', async () => {
      await replica.claimedUnseen(heldBy('b'));
      replica.unseen(service('b', ips(X)));
      assert.equal(await takes(service('a')), 'taken');
      assert.deepEqual([calls(), replica.shared.reads], [['create', 'read'], ['b']]);
      const others = replica.state.ownership.othersHolding(IP, serviceToView(service('a')), START);
      assert.deepEqual(
        others.map(({ service: { ref } }) => ref.name),
        ['b'],
      );
    });

    test('of a Service whose write may still come: taken', async () => {
      await replica.claimedUnseen(heldBy('b'));
      replica.unseen(service('b'));
      assert.equal(await takes(service('a')), 'taken');
    });

    test('of a Service being created: taken until the grace is over', async () => {
      await replica.claimedUnseen(claimOn(X, { holders: [unboundHolder('b', 'review-b', { since: START })] }));
      assert.equal(await takes(service('a')), 'taken');
      assert.deepEqual(replica.shared.reads, []);
      replica.shared.now += TERMS.graceMs;
      assert.equal(await takes(service('a')), 'held');
      assert.deepEqual(await replica.holders(X), ['a']);
    });

    test('of a Service that is gone, as a live read finds: not over a sticky name', async () => {
      await replica.claimedUnseen(heldBy('b'));
      assert.equal(await takes(service('a')), 'taken');
      assert.deepEqual(replica.shared.reads, ['b']);
      assert.equal(await takes(service('a'), true), 'held');
      assert.deepEqual(await replica.holders(X), ['a']);
    });

    test('of a Service that was made anew under its name: the old one is gone', async () => {
      await replica.claimedUnseen(heldBy('b'));
      replica.unseen(service('b', metadata({ uid: 'another' })));
      assert.equal(await takes(service('a'), true), 'held');
    });

    test('of a Service that has moved on: stale, and it becomes history', async () => {
      await replica.claimedUnseen(heldBy('b'));
      replica.unseen(service('b', ips('192.0.2.9'), version(101)));
      assert.equal(await takes(service('a')), 'held');
      const claim = await replica.shared.store.memory.read(IP);
      assert.deepEqual(
        claim?.history.map(({ service: { name }, because }) => `${name} ${because}`),
        ['b Released'],
      );
    });

    test('of a Service it may share with: both hold it', async () => {
      replica.stored(service('a', sharing('k', 81)));
      await replica.claimedUnseen({ ...heldBy('b'), sharingKey: 'k' });
      replica.unseen(service('b', ips(X), sharing('k', 80)));
      assert.equal(await takes(service('a', sharing('k', 81))), 'held');
      assert.deepEqual(await replica.holders(X), ['b', 'a']);
    });

    test('of a Service with the same key and the same port: taken', async () => {
      replica.stored(service('a', sharing('k', 80)));
      await replica.claimedUnseen({ ...heldBy('b'), sharingKey: 'k' });
      replica.unseen(service('b', ips(X), sharing('k', 80)));
      assert.equal(await takes(service('a', sharing('k', 80))), 'taken');
    });

    test('of two Services, one of them in the way: taken', async () => {
      replica.stored(service('a', sharing('k', 81)));
      const holders = ['b', 'c'].map((name) => claimHolder(name, { since: START }));
      await replica.claimedUnseen(claimOn(X, { holders, sharingKey: 'k' }));
      replica.unseen(service('b', ips(X), sharing('k', 80)), service('c', ips(X), sharing('k', 81)));
      assert.equal(await takes(service('a', sharing('k', 81))), 'taken');
    });
  });

  test('a stale claim in the cache is not given away before its holder was read live', async () => {
    replica.stored(service('a'), service('b', version(101)));
    await replica.claimed(heldBy('b'));
    replica.unseen(service('b', ips(X), version(102)));
    assert.equal(await takes(service('a')), 'taken');
    assert.deepEqual([calls(), replica.shared.reads], [[], ['b']]);
  });

  test('the name that the IP waits for gets it back', async () => {
    const again = service('web', metadata({ uid: 'another' }));
    replica.stored(again);
    await replica.claimed(heldBy('web', { goneSince: START }));
    assert.equal(await takes(again), 'held');
    const claim = await replica.shared.store.memory.read(IP);
    assert.deepEqual(
      claim?.holders.map(({ service: { uid } }) => uid),
      ['another'],
    );
    assert.deepEqual(
      claim?.history.map(({ because }) => because),
      ['Deleted'],
    );
    assert.deepEqual(replica.shared.reads, []);
  });

  test('the Service that a review created takes over its own claim', async () => {
    const created = service('a', createdBy('review-a'), pinned(X));
    replica.stored(created);
    await replica.claimed(claimOn(X, { holders: [unboundHolder('a', 'review-a', { since: START })] }));
    assert.equal(await takes(created), 'held');
    assert.deepEqual(await replica.holders(X), ['a']);
  });

  describe('when another replica is faster', () => {
    beforeEach(() => replica.stored(service('a'), service('b', version(101))));

    test('with an update: the claim is read again, and judged anew', async () => {
      const stale = await replica.claimed(heldBy('b'));
      replica.shared.store.before('update', () =>
        replica.shared.store.memory.update({ ...stale, holders: [claimHolder('c', { since: START })] }),
      );
      replica.unseen(service('c', ips(X)));
      assert.equal(await takes(service('a')), 'taken');
      assert.deepEqual(calls(), ['update', 'read']);
      assert.deepEqual(await replica.holders(X), ['c']);
    });

    test('with a removal: the IP is free, and is claimed', async () => {
      const stale = await replica.claimed(heldBy('b'));
      replica.shared.store.before('update', () => replica.shared.store.memory.remove(stale));
      assert.equal(await takes(service('a')), 'held');
      assert.deepEqual(calls(), ['update', 'read', 'create']);
    });

    test('again and again: the answer is "taken" after a bounded number of tries', async () => {
      await replica.claimed(heldBy('b'));
      const touch = async () => {
        const claim = await replica.shared.store.memory.read(IP);
        if (claim !== undefined) await replica.shared.store.memory.update(claim);
      };
      replica.shared.store.before('update', touch, 1000);
      assert.equal(await takes(service('a')), 'taken');
      assert.equal(replica.shared.store.count('update'), 6);
    });

    test('an API server that cannot be asked is an error, not an answer', async () => {
      replica.shared.store.before('create', () => Promise.reject(new Error('connection refused')));
      await assert.rejects(takes(service('a')), /connection refused/);
    });
  });

  describe('giving a claim back', () => {
    const atCreate = (name: string, reviewUid: string): Claimant => {
      const made = serviceToView(service(name));
      return { service: made, holder: unboundHolder(name, reviewUid, { since: START }), overSticky: false };
    };

    test('removes what was just taken', async () => {
      await replica.keeper.hold(IP, atCreate('a', 'review-a'));
      await replica.keeper.letGo(IP, atCreate('a', 'review-a'));
      assert.deepEqual([await replica.holders(X), replica.state.book.size], [undefined, 0]);
    });

    test('removes nothing of somebody else’s, nor what is shared, nor what is not there', async () => {
      await replica.keeper.letGo(IP, atCreate('a', 'review-a'));
      const both = [unboundHolder('a', 'review-a'), unboundHolder('b', 'review-b')];
      const claim = await replica.claimed(claimOn(X, { holders: both }));
      await replica.keeper.letGo(IP, atCreate('a', 'review-a'));
      await replica.keeper.letGo(IP, atCreate('c', 'review-c'));
      assert.deepEqual(await replica.holders(X), ['a?', 'b?']);
      const alone = await replica.shared.store.memory.update({ ...claim, holders: both.slice(1) });
      if (typeof alone === 'object') replica.state.book.put(alone);
      await replica.keeper.letGo(IP, atCreate('a', 'review-a'));
      assert.deepEqual(await replica.holders(X), ['b?']);
    });

    test('stays known when somebody has changed it meanwhile, or the API server cannot be asked', async () => {
      await replica.keeper.hold(IP, atCreate('a', 'review-a'));
      replica.shared.store.before('remove', () => Promise.reject(new Error('connection refused')));
      await replica.keeper.letGo(IP, atCreate('a', 'review-a'));
      assert.equal(replica.state.book.size, 1);
    });
  });

  test('a claim of its own that is marked as gone is renewed, not trusted', async () => {
    replica.stored(service('a'));
    await replica.claimed(heldBy('a', { goneSince: START }));
    assert.equal(await takes(service('a')), 'held');
    assert.deepEqual(calls(), ['update']);
    assert.deepEqual(await replica.holders(X), ['a']);
  });

  describe('nobody drains a pool', () => {
    test('a Service that does not exist gets no claim', async () => {
      assert.equal(await takes(service('forged')), 'taken');
      assert.deepEqual([calls(), replica.shared.reads], [[], ['forged']]);
    });

    test('nor does one whose name exists with another uid', async () => {
      replica.unseen(service('a', metadata({ uid: 'another' })));
      assert.equal(await takes(service('a')), 'taken');
      assert.deepEqual(calls(), []);
    });

    test('a Service that was not seen here yet is read, and gets it', async () => {
      replica.unseen(service('a'));
      assert.equal(await takes(service('a')), 'held');
      assert.deepEqual(replica.shared.reads, ['a']);
    });

    test('a reservation does not make a Service exist', async () => {
      replica.state.ledger.reserve(serviceToView(service('forged')), [IP], START + 1000);
      assert.equal(await takes(service('forged')), 'taken');
      assert.deepEqual(calls(), []);
    });

    test('a second unconfirmed claim of a family is refused, of the other family not', async () => {
      replica.stored(service('a'));
      assert.equal(await takes(service('a')), 'held');
      const claim = (ip: string) => replica.keeper.hold(ipOf(ip), claimant(service('a')));
      assert.equal(await claim('192.0.2.8'), 'taken');
      assert.equal(await claim('2001:db8::8'), 'held');
      replica.shared.now += TERMS.graceMs;
      assert.equal(await claim('192.0.2.8'), 'held');
    });

    test('a confirmed one does not count', async () => {
      replica.stored(service('a'));
      await takes(service('a'));
      replica.stored(service('a', ips(X), version(101)));
      const outcome = await replica.keeper.hold(ipOf('192.0.2.8'), claimant(service('a', ips(X), version(101))));
      assert.equal(outcome, 'held');
    });
  });
});
