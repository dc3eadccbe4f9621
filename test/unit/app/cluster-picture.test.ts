import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { type ClusterPicture, clusterPicture } from '../../../src/app/cluster-picture.ts';
import { claimHolder, claimOn, unboundHolder } from '../../gen/claim.ts';
import { pool } from '../../gen/pool.ts';
import { ips, service, sharing, spec } from '../../gen/service.ts';
import { Replica, START, TERMS } from './replica.ts';

describe('the picture of the cluster', () => {
  let replica: Replica;

  beforeEach(() => {
    replica = new Replica();
  });

  function picture(): ClusterPicture {
    return clusterPicture(replica.state, START);
  }

  /** The cells of the first range as `IP state holders` and `N free`. */
  function cells(): readonly string[] {
    return (picture().pools[0]?.ranges[0]?.cells ?? []).map((cell) =>
      'free' in cell
        ? `${cell.free} free`
        : `${cell.ip} ${cell.state} ${cell.holders.map(({ name, standing }) => `${name || '?'} ${standing}`).join(', ')}`,
    );
  }

  test('shows every state, with the gaps between', async () => {
    const shared = [sharing('key', 80), sharing('key', 443)] as const;
    replica
      .pools(pool('main', ['192.0.2.0/28']))
      .stored(
        service('plain', ips('192.0.2.1')),
        service('one', ips('192.0.2.3'), shared[0]),
        service('two', ips('192.0.2.3'), shared[1]),
        service('thief', ips('192.0.2.5')),
        service('victim', ips('192.0.2.5')),
      );
    const goneSince = START - 60_000;
    await replica.claimed(claimOn('192.0.2.7', { holders: [claimHolder('gone', { goneSince })] }));
    await replica.claimed(claimOn('192.0.2.8', { holders: [unboundHolder('', 'review', { since: START - 1000 })] }));
    await replica.claimed(claimOn('192.0.2.9', { holders: [unboundHolder('late', 'old', { since: 0 })] }));
    assert.deepEqual(cells(), [
      '1 free',
      '192.0.2.1 assigned plain assigned',
      '1 free',
      '192.0.2.3 shared one assigned, two assigned',
      '1 free',
      '192.0.2.5 conflict thief assigned, victim assigned',
      '1 free',
      '192.0.2.7 sticky gone sticky',
      '192.0.2.8 reserved ? reserved',
      '7 free',
    ]);
    assert.deepEqual(picture().pools[0]?.use, [
      {
        family: 'IPv4',
        size: '16',
        free: '11',
        taken: 4,
        states: { assigned: 1, shared: 1, reserved: 1, sticky: 1, conflict: 1 },
      },
    ]);
  });

  test('says since when, and until when a name keeps an IP, as far as claims tell', async () => {
    replica
      .pools(pool('main', ['192.0.2.0/28']))
      .stored(service('web', ips('192.0.2.1')), service('raw', ips('192.0.2.2')));
    const since = Date.parse('2026-03-01T00:00:00Z');
    await replica.claimed(claimOn('192.0.2.1', { holders: [claimHolder('web', { since })] }));
    const goneSince = START - 60_000;
    await replica.claimed(claimOn('192.0.2.3', { holders: [claimHolder('gone', { since, goneSince })] }));
    const holders = picture().pools[0]?.ranges[0]?.cells.flatMap((cell) => ('free' in cell ? [] : cell.holders));
    const named = { namespace: 'default' };
    assert.deepEqual(holders, [
      { ...named, name: 'web', standing: 'assigned', since },
      { ...named, name: 'raw', standing: 'assigned' },
      { ...named, name: 'gone', standing: 'sticky', since, until: goneSince + TERMS.stickyMs },
    ]);
  });

  test('leaves out what avoidBuggyIPs excludes when it counts', () => {
    replica.pools(pool('main', ['192.0.2.0/23'], { avoidBuggyIPs: true })).stored(service('a', ips('192.0.2.255')));
    assert.deepEqual(cells(), ['254 free', '192.0.2.255 assigned a assigned', '254 free']);
    const [use] = picture().pools[0]?.use ?? [];
    assert.deepEqual([use?.size, use?.free, use?.taken], ['508', '508', 1]);
  });

  test('of a /8 and an IPv6 /64 grows with the holders only', () => {
    replica
      .pools(pool('big', ['10.0.0.0/8', '2001:db8::/64']))
      .stored(service('a', ips('10.1.2.3')), service('b', ips('2001:db8::ff')));
    const [big] = picture().pools;
    assert.deepEqual(
      big?.use.map(({ size, free }) => [size, free]),
      [
        ['16777216', '16777215'],
        ['18446744073709551616', '18446744073709551615'],
      ],
    );
    assert.deepEqual(
      big?.ranges.map(({ text, cells: { length } }) => [text, length]),
      [
        ['10.0.0.0/8', 3],
        ['2001:db8::/64', 3],
      ],
    );
    assert.ok(JSON.stringify(picture()).length < 2000);
  });

  test('keeps IPs of no pool apart; they are not guarded, so sharing them is no conflict', () => {
    replica
      .pools(pool('main', ['192.0.2.0/28']))
      .stored(service('x', ips('172.18.0.2')), service('y', ips('172.18.0.2')));
    assert.deepEqual(
      picture().outside.map(({ ip, state }) => [ip, state]),
      [['172.18.0.2', 'shared']],
    );
    replica.state.replacePools(undefined);
    assert.equal(picture().poolsKnown, false);
    assert.deepEqual(
      picture().outside.map(({ state }) => state),
      ['conflict'],
    );
  });

  test('has nothing of a Service but its name, its IPs and its sharing key', () => {
    const secret = spec({ selector: { secret: 'hunter2' }, loadBalancerSourceRanges: ['198.18.0.0/15'] });
    replica.pools(pool('main', ['192.0.2.0/28'])).stored(service('a', ips('192.0.2.1'), secret));
    assert.doesNotMatch(JSON.stringify(picture()), /hunter2|198\.18|uid-/);
  });
});
