import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { RESERVATION_MS } from '../../../src/app/guard-status.ts';
import { claimHolder, claimOn, ipOf } from '../../gen/claim.ts';
import { statusReview } from '../../gen/review.ts';
import { ips, type Mod, metadata, service, sharing, version } from '../../gen/service.ts';
import { Guarded } from './guarded.ts';
import { START } from './replica.ts';

const [X, Y] = ['192.0.2.7', '192.0.2.8'];

describe('the last word on a status write rests on others only after they were read live', () => {
  let guard: Guarded;

  beforeEach(() => {
    guard = new Guarded();
  });

  /** A write to `web`, asked of the validating hook alone. */
  const asked = async (becomes: Mod, ...mods: readonly Mod[]) => {
    const stored = service('web', ...mods);
    const { response } = await guard.validate(statusReview(stored, becomes(stored)));
    return { allowed: response.allowed, reason: response.auditAnnotations?.reason, message: response.status?.message };
  };

  describe('giving up an IP because another Service is its rightful holder', () => {
    beforeEach(async () => {
      guard.stored(service('owner', ips(X)), service('web', ips(X)));
      await guard.claimed(claimOn(X, { holders: [claimHolder('owner', { since: START })] }));
    });

    test('is allowed when the other one has it', async () => {
      assert.deepEqual(await asked(ips(Y), ips(X)), { allowed: true, reason: 'DuplicateResolved', message: undefined });
      assert.deepEqual(guard.shared.reads, ['owner']);
    });

    test('is a move when the other one is gone', async () => {
      guard.shared.live.delete('owner');
      const { allowed, reason } = await asked(ips(Y), ips(X));
      assert.deepEqual([allowed, reason], [false, 'Move']);
      assert.equal(await guard.holders(Y), undefined);
    });

    test('is a move when the other one has moved on', async () => {
      guard.unseen(service('owner', ips('192.0.2.9'), version(101)));
      assert.equal((await asked(ips(Y), ips(X))).reason, 'Move');
    });

    test('is refused when the other one cannot be read', async () => {
      guard.shared.unreadable.add('owner');
      const { allowed, reason, message } = await asked(ips(Y), ips(X));
      assert.deepEqual([allowed, reason], [false, 'Unclaimed']);
      assert.match(message ?? '', /Who else holds 192\.0\.2\.7 could not be read from the API server in time/);
    });
  });

  test('giving up an IP because sharing was broken is a move when it is whole again', async () => {
    const mine = sharing('k', 81);
    guard.stored(service('owner', ips(X), sharing('k', 80)), service('web', ips(X), mine));
    guard.stored(service('owner', ips(X), sharing('k', 81), version(101)));
    assert.equal((await asked(ips(Y), ips(X), mine)).reason, 'SharingBroken');
    guard = new Guarded();
    guard.stored(service('owner', ips(X), sharing('k', 80)), service('web', ips(X), mine));
    guard.stored(service('owner', ips(X), sharing('k', 81), version(101)));
    guard.unseen(service('owner', ips(X), sharing('k', 80), version(102)));
    assert.equal((await asked(ips(Y), ips(X), mine)).reason, 'Move');
  });

  describe('sharing an IP', () => {
    const mine = sharing('k', 81);
    beforeEach(() => guard.stored(service('owner', ips(X), sharing('k', 80)), service('web', mine)));

    test('is allowed when the other one still shares it', async () => {
      assert.equal((await asked(ips(X), mine)).allowed, true);
    });

    test('is a theft when the other one has taken the same port by now', async () => {
      guard.unseen(service('owner', ips(X), sharing('k', 81), version(101)));
      assert.equal((await asked(ips(X), mine)).reason, 'Theft');
      assert.equal(await guard.holders(X), undefined);
    });

    test('is refused when the other one cannot be read', async () => {
      guard.shared.unreadable.add('owner');
      assert.equal((await asked(ips(X), mine)).reason, 'Unclaimed');
    });
  });

  describe('the claim of an IP is read live as well', () => {
    beforeEach(async () => {
      guard.stored(service('owner'), service('web'));
      await guard.claimed(claimOn(X, { holders: [claimHolder('owner', { since: START })] }));
    });
    const stored = async () => (await guard.shared.store.memory.read(ipOf(X))) ?? assert.fail();

    test('removed a moment ago: the IP is free', async () => {
      await guard.shared.store.memory.remove(await stored());
      assert.equal((await asked(ips(X))).allowed, true);
      assert.deepEqual(await guard.holders(X), ['web']);
    });

    test('given to the writer a moment ago by another replica: it is his', async () => {
      await guard.shared.store.memory.update({ ...(await stored()), holders: [claimHolder('web', { since: START })] });
      assert.equal((await asked(ips(X))).allowed, true);
    });

    test('unreadable: the IP is not taken for free', async () => {
      guard.shared.store.before('read', () => Promise.reject(new Error('connection refused')), 100);
      await guard.shared.store.memory.remove(await stored());
      assert.equal((await asked(ips(X))).reason, 'Theft');
    });
  });

  test('an unreadable claim keeps the IP of its sharers where it is', async () => {
    const mine = sharing('k', 81);
    guard.stored(service('owner', ips(X), sharing('k', 80)), service('web', mine));
    await guard.upkeep.pass();
    guard.shared.store.before('read', () => Promise.reject(new Error('connection refused')), 100);
    assert.equal((await asked(ips(X), mine)).reason, 'Unclaimed');
  });

  test('of two sharers both have to be readable', async () => {
    const mine = sharing('k', 82);
    guard.stored(service('one', ips(X), sharing('k', 80)), service('two', ips(X), sharing('k', 81)));
    guard.stored(service('web', mine));
    guard.shared.unreadable.add('two');
    assert.equal((await asked(ips(X), mine)).reason, 'Unclaimed');
    guard.shared.unreadable.delete('two');
    assert.equal((await asked(ips(X), mine)).allowed, true);
  });

  test('a theft is a theft also when the holder cannot be read', async () => {
    guard.stored(service('owner', ips(X)), service('web'));
    guard.shared.unreadable.add('owner');
    assert.equal((await asked(ips(X))).reason, 'Theft');
  });

  test('a holder created again under its name is gone', async () => {
    guard.stored(service('owner', ips(X)), service('web'));
    guard.unseen(service('owner', metadata({ uid: 'another' })));
    assert.equal((await asked(ips(X))).allowed, true);
  });

  test('an IP that only waits for a name is given: refusing keeps it for nobody', async () => {
    guard.stored(service('web'));
    await guard.claimed(claimOn(X, { holders: [claimHolder('old', { goneSince: START })] }));
    assert.equal((await asked(ips(X))).allowed, true);
    assert.deepEqual(await guard.holders(X), ['web']);
  });

  test('what was allowed is reserved for as long as it may be stored, whatever became of it', async () => {
    guard.stored(service('web'));
    await asked(ips(X));
    guard.state.ledger.expire(START + RESERVATION_MS - 1);
    assert.equal(guard.state.ledger.has(ipOf(X)), true);
    guard.state.ledger.expire(START + RESERVATION_MS);
    assert.equal(guard.state.ledger.has(ipOf(X)), false);
  });

  test('of two IPs none is kept when the second cannot be claimed', async () => {
    guard.stored(service('web'), service('owner'));
    await guard.claimedUnseen(claimOn(Y, { holders: [claimHolder('owner', { since: START })] }));
    const { allowed } = await asked(ips(X, Y));
    assert.equal(allowed, false);
    assert.equal(guard.state.ledger.has(ipOf(Y)), false);
  });
});
