import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { HistoryReport } from '../../src/app/history.ts';
import { claimHolder, claimOn } from '../gen/claim.ts';
import { ips, service } from '../gen/service.ts';
import { badLines, StubCluster } from './stub-cluster.ts';

const AT = Date.parse('2026-01-01T00:00:00Z');
const HOUR = 3_600_000;

describe('holdfast history', () => {
  let cluster: StubCluster;
  before(async () => {
    cluster = await StubCluster.start('pools', 'claims');
    cluster.pool('main', ['192.0.2.0/28']);
    const past = (name: string, from: number, because: string) => ({
      service: { namespace: 'default', name, uid: `uid-${name}` },
      from: AT + from * HOUR,
      to: AT + (from + 1) * HOUR,
      because,
    });
    cluster.claim(
      claimOn('192.0.2.1', {
        holders: [claimHolder('web', { since: AT + 9 * HOUR })],
        history: [past('shop', 5, 'Deleted'), past('web', 1, 'RequestChanged')],
      }),
    );
    cluster.claim(claimOn('192.0.2.2', { history: [past('web', 3, 'TypeChanged')], holders: [claimHolder('blog')] }));
    cluster.claim(claimOn('2001:db8::1', { holders: [claimHolder('six', { goneSince: AT + 5 * HOUR })] }));
    cluster.service(service('stray', ips('192.0.2.9')));
    const told = { type: 'Normal', source: { component: 'holdfast' }, count: 2 };
    cluster.stub.put('/api/v1/events', {
      metadata: { namespace: 'default', name: 'web.1' },
      involvedObject: { kind: 'Service', name: 'web', namespace: 'default' },
      reason: 'Restored',
      message: 'MetalLB took 192.0.2.1 away from Service default/web without a reason; it keeps it.',
      lastTimestamp: '2026-01-01T10:00:00Z',
      ...told,
    });
    cluster.stub.put('/api/v1/events', {
      metadata: { namespace: 'default', name: 'web.2' },
      involvedObject: { kind: 'Service', name: 'web', namespace: 'default' },
      reason: 'IPAllocated',
      message: 'Assigned IP 192.0.2.1',
      source: { component: 'metallb-controller' },
    });
  });
  after(() => cluster.stop());

  test('of an IP: who has it, who had it, when, why, and what holdfast did', async () => {
    const { code, said } = await cluster.ask<HistoryReport>('history', '192.0.2.1');
    assert.equal(code, 0);
    assert.deepEqual(
      said.tenures.map(({ service: who, from, to, because }) => [who, from.slice(11, 13), to?.slice(11, 13), because]),
      [
        ['default/web', '09', undefined, null],
        ['default/shop', '05', '06', 'Deleted'],
        ['default/web', '01', '02', 'RequestChanged'],
      ],
    );
    assert.deepEqual(
      said.deeds.map(({ reason, count, service: who }) => [reason, count, who]),
      [['Restored', 2, 'default/web']],
    );
  });

  test('of a Service: every IP that it has or had', async () => {
    const { said } = await cluster.ask<HistoryReport>('history', 'default/web');
    assert.deepEqual(
      said.tenures.map(({ ip, because }) => [ip, because]),
      [
        ['192.0.2.1', null],
        ['192.0.2.2', 'TypeChanged'],
        ['192.0.2.1', 'RequestChanged'],
      ],
    );
  });

  test('shows it within 80 columns', async () => {
    const { stdout } = await cluster.run('history', '192.0.2.1');
    assert.match(stdout, /^SERVICE +FROM +TO +WHY IT ENDED$/m);
    assert.match(stdout, /^default\/web +2026-01-01 09:00:00Z +now$/m);
    assert.match(stdout, /2 times, the last: MetalLB/);
    assert.deepEqual(badLines(stdout), []);
  });

  test('a name that keeps its IP, asked for in another spelling', async () => {
    const { stdout } = await cluster.run('history', '2001:DB8:0::1');
    assert.match(stdout, /^default\/six .*Deleted, kept for its$/m);
  });

  test('an IP or a Service without a claim: what the statuses say', async () => {
    const [ip, name, free] = await Promise.all(
      ['192.0.2.9', 'default/stray', '192.0.2.14'].map((what) => cluster.ask<HistoryReport>('history', what)),
    );
    assert.deepEqual([ip?.said.unclaimed, name?.said.unclaimed], [['default/stray'], ['192.0.2.9']]);
    assert.deepEqual([free?.code, free?.said.tenures, free?.said.unclaimed], [0, [], []]);
  });
});
