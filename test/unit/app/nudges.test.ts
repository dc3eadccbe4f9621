import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, mock, test } from 'node:test';
import { Nudges } from '../../../src/app/nudges.ts';
import { claimOn, ipOf, unboundHolder } from '../../gen/claim.ts';
import { pool } from '../../gen/pool.ts';
import {
  annotations,
  createdBy,
  ips,
  pinned,
  requested,
  type ServiceJson,
  service,
  sharing,
  spec,
  version,
} from '../../gen/service.ts';
import { Replica, START } from './replica.ts';

const X = '192.0.2.7';

describe('waking MetalLB up', () => {
  let replica: Replica;
  let nudges: Nudges;
  let failing: Error | undefined;
  /** Writes are not answered before this. */
  let blocking: Promise<void> | undefined;
  /** `name seconds-since-start`, in order. */
  let written: string[];
  let failures: string[];

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    mock.method(Math, 'random', () => 0);
    replica = new Replica();
    [failing, blocking, written, failures] = [undefined, undefined, [], []];
    nudges = new Nudges({
      state: replica.state,
      clock: replica.shared.clock,
      scope: { classes: [] },
      writer: {
        annotate: async ({ name, uid }, changes, only) => {
          assert.equal(uid, `uid-${name}`);
          const mark = changes['holdfast.dev/repaired'];
          written.push(mark ? `${name} ${(Date.parse(mark) - START) / 1000}` : JSON.stringify({ name, changes, only }));
          await blocking;
          if (failing !== undefined) throw failing;
        },
      },
      onFailure: ({ ref }, error) => failures.push(`${ref.name}: ${error instanceof Error ? error.message : ''}`),
    });
  });

  afterEach(() => {
    nudges.stop();
    mock.timers.reset();
    mock.restoreAll();
  });

  /** Lets time pass, second by second. */
  async function pass(seconds: number): Promise<void> {
    for (let s = 0; s < seconds; s += 1) {
      replica.shared.now += 1000;
      mock.timers.tick(1000);
      await Promise.resolve();
      await Promise.resolve();
    }
  }

  const waits = (...more: Parameters<typeof service>[1][]): ServiceJson => service('web', pinned(X), ...more);

  test('a pinned Service without its IP is touched at intervals that double', async () => {
    replica.stored(waits());
    nudges.expect('uid-web');
    await pass(200);
    assert.deepEqual(written, ['web 3', 'web 9', 'web 21', 'web 45', 'web 93', 'web 189']);
  });

  test('the longest interval is five minutes', async () => {
    replica.stored(service('web'));
    nudges.expect('uid-web');
    await pass(1500);
    const times = written.map((line) => Number(line.split(' ')[1]));
    const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
    assert.deepEqual([Math.max(...gaps), gaps.at(-1)], [300, 300]);
  });

  test('a pin that MetalLB does not honour for ten minutes is taken away', async () => {
    replica.stored(waits());
    nudges.expect('uid-web');
    await pass(600);
    assert.equal(written.filter((text) => text.includes('"holdfast.dev/pin":null')).length, 0);
    await pass(300);
    assert.equal(written.filter((text) => text.includes('"holdfast.dev/pin":null')).length, 1);
  });

  test('a pin to an IP that another Service has is taken away at once: it cannot be honoured', async () => {
    replica.stored(waits(), service('other', ips(X)));
    nudges.expect('uid-web');
    await pass(3);
    assert.equal(written.filter((text) => text.includes('"holdfast.dev/pin":null')).length, 1);
  });

  test('a pin to an IP that lies in no pool any more goes at once as well; not while its pool is only missing', async () => {
    replica.stored(waits());
    replica.pools();
    nudges.expect('uid-web');
    await pass(3);
    assert.deepEqual(written, ['web 3'], 'MetalLB is being installed anew: the pool may come back');
    replica.pools(pool('main', ['198.51.100.0/24']));
    await pass(6);
    assert.equal(written.filter((text) => text.includes('"holdfast.dev/pin":null')).length, 1);
  });

  test('a pin to an IP that another Service shares with it stays', async () => {
    replica.stored(waits(sharing('k', 80)), service('other', ips(X), sharing('k', 81)));
    nudges.expect('uid-web');
    await pass(3);
    assert.deepEqual(written, ['web 3']);
  });

  test('so many are touched at a time, however many wait, and all in the end', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `web-${n}`);
    replica.stored(...names.map((name, n) => service(name, pinned(`192.0.2.${n + 10}`))));
    const hanging = Promise.withResolvers<void>();
    blocking = hanging.promise;
    for (const name of names) nudges.expect(`uid-${name}`);
    await pass(3);
    assert.equal(written.length, 8);
    blocking = undefined;
    hanging.resolve();
    for (let turn = 0; turn < 100; turn += 1) await Promise.resolve();
    assert.equal(written.length, 20);
  });

  test('when a request comes to nothing for ten minutes, who waits for any IP is touched as well', async () => {
    replica.stored(service('asks', requested(X)), service('any'), service('served', ips('192.0.2.8')));
    nudges.expect('uid-asks');
    await pass(600);
    assert.deepEqual(new Set(written.map((text) => text.split(' ')[0])), new Set(['asks']));
    await pass(300);
    assert.deepEqual(new Set(written.map((text) => text.split(' ')[0])), new Set(['asks', 'any']));
  });

  for (const [name, change] of [
    ['it has its IP', () => replica.stored(waits(ips(X), version(101)))],
    ['it is no LoadBalancer', () => replica.stored(service('web', spec({ type: 'ClusterIP' }), version(101)))],
    ['it is gone', () => replica.deleted('web')],
  ] as const) {
    test(`once ${name} it is left alone`, async () => {
      replica.stored(waits());
      nudges.expect('uid-web');
      await pass(3);
      assert.equal(written.length, 1);
      change();
      await pass(600);
      assert.equal(written.length, 1);
    });
  }

  test('a Service that gets its IP in time is never touched', async () => {
    replica.stored(waits());
    nudges.expect('uid-web');
    replica.stored(waits(ips(X), version(101)));
    await pass(60);
    assert.deepEqual(written, []);
  });

  test('a Service that nobody knows is no error', async () => {
    nudges.expect('uid-ghost');
    await pass(60);
    assert.deepEqual(written, []);
  });

  test('expected twice it is touched once', async () => {
    replica.stored(waits());
    nudges.expect('uid-web');
    nudges.expect('uid-web');
    await pass(5);
    assert.deepEqual(written, ['web 3']);
  });

  test('looking finds Services that have waited in vain, untouched, for a minute', async () => {
    const happy = service('happy', pinned('192.0.2.8'), ips('192.0.2.8'));
    replica.stored(waits(), service('unpinned'), happy, service('asks-too-much', requested('192.0.2.8')));
    nudges.look();
    await pass(59);
    nudges.look();
    await pass(1);
    assert.deepEqual(written, [], 'it may wait in the queue of MetalLB');
    nudges.look();
    await pass(3);
    assert.deepEqual(written, ['web 63', 'unpinned 63']);
  });

  test('a Service that changes meanwhile is not forgotten: the minute begins anew', async () => {
    replica.stored(waits());
    nudges.look();
    await pass(59);
    replica.stored(waits(version(101)));
    nudges.look();
    await pass(30);
    nudges.look();
    await pass(10);
    assert.deepEqual(written, []);
  });

  test('what another replica touched a moment ago is not touched again', async () => {
    replica.stored(waits(annotations({ 'holdfast.dev/repaired': new Date(START + 2900).toISOString() })));
    nudges.expect('uid-web');
    await pass(9);
    assert.deepEqual(written, ['web 9']);
  });

  test('a failure is told, and tried again', async () => {
    failing = new Error('connection refused');
    replica.stored(waits());
    nudges.expect('uid-web');
    await pass(9);
    assert.deepEqual(failures, ['web: connection refused', 'web: connection refused']);
  });

  test('chance spreads them over half of the interval', async () => {
    mock.method(Math, 'random', () => 0.999);
    replica.stored(waits());
    nudges.expect('uid-web');
    replica.shared.now += 4400;
    mock.timers.tick(4400);
    assert.deepEqual(written, []);
    mock.timers.tick(100);
    for (let turn = 0; turn < 3; turn += 1) await Promise.resolve();
    assert.equal(written.length, 1);
  });

  test('after the end nothing is touched', async () => {
    replica.stored(waits());
    nudges.expect('uid-web');
    nudges.stop();
    await pass(600);
    assert.deepEqual(written, []);
  });

  describe('taking a pin away', () => {
    test('removes the pin, of just the version that was seen, and leaves what an unbound claim finds its Service by', async () => {
      replica.stored(waits(createdBy('review-1'), annotations({ mine: '1' })));
      await nudges.unpin('uid-web');
      const changes = {
        'metallb.universe.tf/loadBalancerIPs': null,
        'holdfast.dev/pin': null,
      };
      assert.deepEqual(
        written.map((text) => JSON.parse(text) as unknown),
        [{ name: 'web', changes, only: 100 }],
      );
    });

    test('whose claim was not bound yet leaves the IP to others at once', async () => {
      await replica.claimed(claimOn(X, { holders: [unboundHolder('web', 'review-1')] }));
      replica.stored(service('web', createdBy('review-1'), version(101)));
      const standing = replica.state.ownership.judge(replica.state.book.get(ipOf(X)) ?? assert.fail(), START);
      assert.deepEqual(
        standing.map((one) => one.standing),
        ['stale'],
      );
    });

    for (const [name, made] of [
      ['a Service that has its IP by now', waits(ips(X))],
      ['a request of the user', service('web', requested(X))],
    ] as const) {
      test(`leaves ${name} alone`, async () => {
        replica.stored(made);
        await nudges.unpin('uid-web');
        assert.deepEqual(written, []);
      });
    }

    test('leaves one alone that nobody knows, or that is gone', async () => {
      replica.stored(waits()).deleted('web');
      await nudges.unpin('uid-web');
      await nudges.unpin('uid-ghost');
      assert.deepEqual(written, []);
    });

    test('tells a failure', async () => {
      failing = new Error('connection refused');
      replica.stored(waits());
      await nudges.unpin('uid-web');
      assert.deepEqual(failures, ['web: connection refused']);
    });
  });
});
