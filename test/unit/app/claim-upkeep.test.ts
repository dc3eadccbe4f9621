import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { UpkeepReport } from '../../../src/app/claim-upkeep.ts';
import { serviceToView } from '../../../src/review/service-to-view.ts';
import { claimHolder, claimOn, ipOf, unboundHolder } from '../../gen/claim.ts';
import { createdBy, ips, metadata, pinned, service, sharing, version } from '../../gen/service.ts';
import { Replica, START, TERMS } from './replica.ts';

const [X, Y] = ['192.0.2.7', '192.0.2.8'];
const heldBy = (name: string, more: Parameters<typeof claimHolder>[1] = {}) =>
  claimOn(X, { holders: [claimHolder(name, { since: START, ...more })] });

describe('keeping claims true', () => {
  let replica: Replica;

  beforeEach(() => {
    replica = new Replica();
  });

  const calls = (): readonly string[] => replica.shared.store.calls.map((call) => call.replace(` ${X}`, ''));
  const done = ({ created, updated, removed, failed }: UpkeepReport) => [created, updated, removed, failed.length];
  const pass = async (): Promise<readonly number[]> => done(await replica.upkeep.pass());

  /** No pass before `end` changes anything, and the one at `end` removes the claim. */
  const endsAt = async (end: number): Promise<void> => {
    replica.shared.now = end - 1;
    assert.deepEqual(await pass(), [0, 0, 0, 0]);
    replica.shared.now = end;
    assert.deepEqual(await pass(), [0, 0, 1, 0]);
  };

  describe('adoption', () => {
    test('every assigned IP gets a claim, and then there is nothing left to do', async () => {
      replica.stored(service('a', ips(X)), service('b', ips(Y)), service('c'));
      assert.deepEqual(await pass(), [2, 0, 0, 0]);
      assert.deepEqual([await replica.holders(X), await replica.holders(Y)], [['a'], ['b']]);
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      assert.deepEqual(replica.shared.store.calls.toSorted(), [`create ${X}`, `create ${Y}`]);
    });

    test('of a duplicate the oldest is adopted only, and the duplicate is told', async () => {
      const older = metadata({ creationTimestamp: '2025-01-01T00:00:00Z' });
      replica.state.ledger.replaceAll(
        [service('young', ips(X)), service('old', older, ips(X))].map(serviceToView),
        100,
      );
      assert.deepEqual(
        [...replica.upkeep.duplicates()].map(([ip, holders]) => [
          ip,
          ...holders.map(({ service: { ref } }) => ref.name),
        ]),
        [[X, 'old', 'young']],
      );
      assert.deepEqual(await pass(), [1, 0, 0, 0]);
      assert.deepEqual(await replica.holders(X), ['old']);
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
    });

    test('Services that share are no duplicate, and hold one claim', async () => {
      replica.stored(service('a', ips(X), sharing('k', 80)), service('b', ips(X), sharing('k', 81)));
      assert.deepEqual([...replica.upkeep.duplicates()], []);
      assert.deepEqual(await pass(), [1, 0, 0, 0]);
      assert.deepEqual(await replica.holders(X), ['a', 'b']);
    });

    test('IPs in no pool and of other classes are left alone', async () => {
      replica.stored(
        service('cloud', ips('203.0.113.1')),
        service('other', ips(X), (made) => ({ ...made, spec: { ...made.spec, loadBalancerClass: 'a/b' } })),
      );
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
    });

    test('another replica is faster: its claim is taken over into the cache, nothing is written', async () => {
      replica.stored(service('a', ips(X)));
      await replica.claimedUnseen(heldBy('a'));
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      assert.deepEqual(calls(), ['create', 'read']);
      assert.equal(replica.state.book.size, 1);
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      assert.equal(replica.shared.store.calls.length, 2);
    });

    test('two replicas at once make one claim an IP', async () => {
      const other = new Replica(replica.shared);
      const services = Array.from({ length: 40 }, (_, i) => service(`s${i}`, ips(`192.0.2.${i + 1}`)));
      for (const each of [replica, other]) each.stored(...services);
      const reports = await Promise.all([replica.upkeep.pass(), other.upkeep.pass()]);
      assert.equal(reports[0].created + reports[1].created, 40);
      assert.deepEqual([...reports[0].failed, ...reports[1].failed], []);
      assert.equal(replica.shared.store.memory.all().length, 40);
    });

    test('what failed is named, the rest is done, and the next pass finishes it', async () => {
      replica.stored(service('a', ips(X)), service('b', ips(Y)));
      const refused = new Error('connection refused');
      replica.shared.store.before('create', () => Promise.reject(refused));
      const report = await replica.upkeep.pass();
      assert.deepEqual(done(report), [1, 0, 0, 1]);
      assert.equal(report.failed[0]?.error, refused);
      assert.deepEqual(await pass(), [1, 0, 0, 0]);
    });
  });

  test('a claim made at CREATE is bound to the Service that came of it', async () => {
    const created = service('a-x7k2p', createdBy('review-a'), pinned(X));
    await replica.claimed(claimOn(X, { holders: [unboundHolder('', 'review-a', { since: START })] }));
    assert.deepEqual(await pass(), [0, 0, 0, 0], 'nobody has seen it yet');
    replica.stored(created);
    assert.deepEqual(await pass(), [0, 1, 0, 0]);
    assert.deepEqual(await replica.holders(X), ['a-x7k2p']);
    assert.deepEqual(await pass(), [0, 0, 0, 0]);
  });

  test('a claim made at CREATE whose Service never came goes after the grace, not before', async () => {
    await replica.claimed(claimOn(X, { holders: [unboundHolder('a', 'review-a', { since: START })] }));
    await endsAt(START + TERMS.graceMs);
    assert.equal(await replica.holders(X), undefined);
    assert.equal(replica.state.book.size, 0);
  });

  describe('written by a clock that is ahead by a day (chaos, seeds 81 and 85)', () => {
    const DAY = 86_400_000;
    const ahead = START + DAY;

    test('a claim made at CREATE ends a grace after it was first looked at', async () => {
      await replica.claimed(claimOn(X, { holders: [unboundHolder('a', 'review-a', { since: ahead })] }));
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      await endsAt(START + TERMS.graceMs);
    });

    test('the clock that wrote it goes back: the same', async () => {
      replica.shared.now = ahead;
      await replica.claimed(claimOn(X, { holders: [unboundHolder('a', 'review-a', { since: ahead })] }));
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      replica.shared.now = START;
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      await endsAt(START + TERMS.graceMs);
    });

    test('a name keeps its IP as long as any other, from the first look on', async () => {
      await replica.claimed(heldBy('a', { goneSince: ahead }));
      replica.deleted('a');
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      await endsAt(START + TERMS.stickyMs);
    });
  });

  test('a clock that is ahead by no more than the grace is believed', async () => {
    const since = START + TERMS.graceMs;
    await replica.claimed(claimOn(X, { holders: [unboundHolder('a', 'review-a', { since })] }));
    assert.deepEqual(await pass(), [0, 0, 0, 0]);
    await endsAt(since + TERMS.graceMs);
  });

  describe('a write that was never stored', () => {
    beforeEach(async () => {
      replica.stored(service('a'));
      await replica.claimed(heldBy('a'));
    });

    test('is waited for during the grace', async () => {
      replica.shared.now = START + TERMS.graceMs - 1;
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      assert.deepEqual(calls(), []);
    });

    test('is garbage afterwards, when a live read finds neither IP nor write', async () => {
      replica.shared.now = START + TERMS.graceMs;
      assert.deepEqual(await pass(), [0, 0, 1, 0]);
      assert.deepEqual([calls(), replica.shared.reads], [['read', 'remove'], ['a']]);
    });

    test('was stored after all, as the live read finds: the claim stays', async () => {
      replica.unseen(service('a', ips(X), version(101)));
      replica.shared.now = START + TERMS.graceMs;
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      assert.deepEqual(calls(), ['read']);
      assert.deepEqual(await replica.holders(X), ['a']);
    });

    test('was renewed by another replica: the live claim counts', async () => {
      const stored = await replica.shared.store.memory.read(ipOf(X));
      replica.shared.now = START + TERMS.graceMs;
      assert.ok(stored);
      const renewed = claimHolder('a', { since: START + TERMS.graceMs - 1 });
      await replica.shared.store.memory.update({ ...stored, holders: [renewed] });
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      assert.deepEqual(calls(), ['read']);
    });

    test('is removed by another replica meanwhile: no harm', async () => {
      const stored = await replica.shared.store.memory.read(ipOf(X));
      replica.shared.now = START + TERMS.graceMs;
      assert.ok(stored);
      replica.shared.store.before('remove', () => replica.shared.store.memory.remove(stored));
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      assert.equal(replica.state.book.size, 0);
    });

    test('has no claim any more, as the live read finds: it is forgotten', async () => {
      const stored = await replica.shared.store.memory.read(ipOf(X));
      replica.shared.now = START + TERMS.graceMs;
      assert.ok(stored);
      await replica.shared.store.memory.remove(stored);
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      assert.deepEqual([calls(), replica.state.book.size], [['read'], 0]);
    });

    test('is given to somebody between the read and the removal: his claim stays', async () => {
      const stored = await replica.shared.store.memory.read(ipOf(X));
      replica.shared.now = START + TERMS.graceMs;
      assert.ok(stored);
      replica.shared.store.before('remove', () =>
        replica.shared.store.memory.update({ ...stored, holders: [claimHolder('b', { since: replica.shared.now })] }),
      );
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      assert.deepEqual(await replica.holders(X), ['b']);
    });
  });

  describe('stickiness', () => {
    beforeEach(async () => {
      replica.stored(service('a', ips(X)));
      await pass();
      replica.shared.store.calls.length = 0;
      replica.deleted('a');
    });

    test('the claim of a deleted Service is marked, once', async () => {
      assert.deepEqual(await pass(), [0, 1, 0, 0]);
      assert.deepEqual(await replica.holders(X), ['a†']);
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      assert.deepEqual(calls(), ['read', 'update']);
    });

    test('it ends, and the IP is offered again', async () => {
      await pass();
      replica.shared.now += TERMS.stickyMs - 1;
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      replica.shared.now += 1;
      assert.deepEqual(await pass(), [0, 0, 1, 0]);
      assert.equal(await replica.holders(X), undefined);
      assert.equal(replica.state.ownership.isTaken(ipOf(X), replica.shared.now), false);
    });

    test('a live read that began before the deletion does not bring the Service back', async () => {
      replica.state.ledger.upsert(serviceToView(service('a', ips(X))));
      assert.deepEqual(await pass(), [0, 1, 0, 0]);
      assert.deepEqual(await replica.holders(X), ['a†']);
    });

    test('the same name came again and has the IP: it is the holder, the old one is history', async () => {
      await pass();
      replica.stored(service('a', metadata({ uid: 'another' }), ips(X)));
      assert.deepEqual(await pass(), [0, 1, 0, 0]);
      const claim = await replica.shared.store.memory.read(ipOf(X));
      assert.deepEqual(
        claim?.holders.map(({ service: { uid }, goneSince }) => [uid, goneSince]),
        [['another', undefined]],
      );
      assert.deepEqual(
        claim?.history.map(({ service: { uid }, because }) => [uid, because]),
        [['uid-a', 'Deleted']],
      );
    });
  });

  test('without stickiness the claim of a deleted Service goes at once', async () => {
    const eager = new Replica(replica.shared, { ...TERMS, stickyMs: 0 });
    eager.stored(service('a', ips(X)));
    await eager.upkeep.pass();
    eager.deleted('a');
    assert.deepEqual(done(await eager.upkeep.pass()), [0, 0, 1, 0]);
  });

  test('a removed claim makes its IP the first choice again', async () => {
    const small = new Replica(replica.shared);
    const wish = { service: serviceToView(service('n')), families: ['IPv4'], preferDualStack: false } as const;
    await small.claimed(claimOn('192.0.2.0', { holders: [unboundHolder('a', 'r', { since: START })] }));
    assert.equal(small.state.pools.kind, 'known');
    assert.deepEqual(small.state.allocator.choose(wish)?.ips, ['192.0.2.1']);
    small.shared.now = START + TERMS.graceMs;
    await small.upkeep.pass();
    assert.deepEqual(small.state.allocator.choose(wish)?.ips, ['192.0.2.0']);
  });

  test('an update that meets another one is left to the next pass', async () => {
    replica.stored(service('a', ips(X)));
    await pass();
    replica.deleted('a');
    const touch = async () => {
      const claim = await replica.shared.store.memory.read(ipOf(X));
      if (claim !== undefined) await replica.shared.store.memory.update(claim);
    };
    replica.shared.store.before('update', touch);
    assert.deepEqual(await pass(), [0, 0, 0, 0]);
    assert.deepEqual(await replica.holders(X), ['a']);
    assert.deepEqual(await pass(), [0, 1, 0, 0]);
    assert.deepEqual(await replica.holders(X), ['a†']);
  });

  describe('a claim of a Service that was never seen here', () => {
    test('whose name is another Service by now becomes sticky', async () => {
      await replica.claimed(heldBy('before'));
      replica.unseen(service('before', metadata({ uid: 'another' })));
      assert.deepEqual(await pass(), [0, 1, 0, 0]);
      assert.deepEqual(await replica.holders(X), ['before†']);
    });

    test('which is gone becomes sticky', async () => {
      await replica.claimed(heldBy('before'));
      assert.deepEqual(await pass(), [0, 1, 0, 0]);
      assert.deepEqual([calls(), replica.shared.reads], [['read', 'update'], ['before']]);
      assert.deepEqual(await replica.holders(X), ['before†']);
    });

    test('which has the IP stays, and is read once', async () => {
      await replica.claimed(heldBy('before'));
      replica.unseen(service('before', ips(X)));
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      assert.deepEqual(await pass(), [0, 0, 0, 0]);
      assert.deepEqual([calls(), replica.shared.reads], [['read'], ['before']]);
    });
  });

  test('the IP of a Service that has moved on is adopted for the one that has it now', async () => {
    replica.stored(service('a', ips(X)), service('b', version(101)));
    await replica.claimed(heldBy('b'));
    assert.deepEqual(await pass(), [0, 1, 0, 0]);
    assert.deepEqual(await replica.holders(X), ['a']);
    assert.deepEqual(replica.shared.reads, ['b']);
  });
});
