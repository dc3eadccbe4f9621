import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { REASONS } from '../../../src/core/reasons.ts';
import { Metrics } from '../../../src/telemetry/metrics.ts';

/** The sample lines of one metric, without help and type. */
async function samples(metrics: Metrics, name: string): Promise<readonly string[]> {
  const { body } = await metrics.render();
  return body.split('\n').filter((line) => line.startsWith(name));
}

const bare = () => new Metrics({ version: '1.2.3', processMetrics: false });

describe('metrics', () => {
  it('shows exactly the metrics of holdfast, and the version', async () => {
    const { contentType, body } = await bare().render();
    assert.equal(contentType, 'text/plain; version=0.0.4; charset=utf-8');
    assert.doesNotMatch(body, /^# TYPE (?!holdfast_)/m);
    assert.deepEqual(
      [...body.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name),
      bare()
        .describe()
        .map(({ name }) => name),
    );
    assert.match(body, /^holdfast_build_info\{version="1\.2\.3"\} 1$/m);
  });

  it('counts decisions and how long they took', async () => {
    const metrics = bare();
    const decision = { hook: 'validate', verdict: 'deny', reason: 'Theft', mode: 'enforce' };
    metrics.decided({ ...decision, micros: 100 });
    metrics.decided({ ...decision, micros: 500_000 });
    assert.deepEqual(await samples(metrics, 'holdfast_decisions_total'), [
      'holdfast_decisions_total{hook="validate",verdict="deny",reason="Theft",mode="enforce"} 2',
    ]);
    const durations = await samples(metrics, 'holdfast_decision_duration_seconds');
    assert.deepEqual(
      [durations[0], durations.at(-2), durations.at(-1)],
      [
        'holdfast_decision_duration_seconds_bucket{le="0.0001",hook="validate"} 1',
        'holdfast_decision_duration_seconds_sum{hook="validate"} 0.5001',
        'holdfast_decision_duration_seconds_count{hook="validate"} 2',
      ],
    );
  });

  it('shows state as it was last told', async () => {
    const metrics = bare();
    metrics.ready(true);
    metrics.ready(false);
    metrics.answered(200);
    metrics.answered(503);
    metrics.abstained('NotReady');
    metrics.answered(200);
    metrics.watchStaleness('services', 1.5);
    metrics.watchRestarts('services', { resumed: 1, relisted: 1 });
    metrics.watchRestarts('services', { resumed: 4, relisted: 1 });
    metrics.watchLive('services', false);
    metrics.claims({ Held: 250, Shared: 2, Reserved: 0, Sticky: 3 });
    metrics.claimWritten({ verb: 'create', outcome: 'taken' }, 0.02);
    metrics.conflicts(1);
    metrics.eventsDropped(5);
    metrics.eventsDropped(7);
    metrics.brokeGlass('allow-move');
    metrics.ledger({ ips: 250, services: 249 });
    metrics.certificateExpires('tls', Date.UTC(2030, 0, 1));
    const { body } = await metrics.render();
    for (const line of [
      'holdfast_ready 0',
      'holdfast_http_answers_total{code="200"} 2',
      'holdfast_http_answers_total{code="503"} 1',
      'holdfast_abstentions_total{reason="NotReady"} 1',
      'holdfast_watch_staleness_seconds{resource="services"} 1.5',
      'holdfast_watch_restarts_total{resource="services",why="resumed"} 4',
      'holdfast_watch_restarts_total{resource="services",why="relisted"} 1',
      'holdfast_watch_live{resource="services"} 0',
      'holdfast_claims{state="Held"} 250',
      'holdfast_claims{state="Reserved"} 0',
      'holdfast_claim_write_duration_seconds_count{verb="create",outcome="taken"} 1',
      'holdfast_claim_write_duration_seconds_count{verb="delete",outcome="failed"} 0',
      'holdfast_conflict_ips 1',
      'holdfast_events_dropped_total 7',
      'holdfast_break_glass_total{annotation="allow-move"} 1',
      'holdfast_break_glass_total{annotation="allow-strand"} 0',
      'holdfast_abstentions_total{reason="InternalError"} 0',
      'holdfast_ledger_ips 250',
      'holdfast_ledger_services 249',
      'holdfast_certificate_expiry_timestamp_seconds{certificate="tls"} 1893456000',
    ]) {
      assert.equal(body.split('\n').includes(line), true, line);
    }
  });

  it('asks for the latest figures before every scrape', async () => {
    const metrics = bare();
    let scrapes = 0;
    metrics.beforeScrape(() => metrics.watchStaleness('services', ++scrapes));
    await metrics.render();
    assert.deepEqual(await samples(metrics, 'holdfast_watch_staleness'), [
      'holdfast_watch_staleness_seconds{resource="services"} 2',
    ]);
  });

  it('keeps two instances apart, and adds the figures of the process when asked', async () => {
    const [one, other] = [bare(), new Metrics({ version: '1.2.3' })];
    one.answered(200);
    assert.deepEqual(await samples(other, 'holdfast_http_answers_total'), []);
    assert.equal((await samples(other, 'process_cpu_seconds_total')).length, 1);
    assert.equal((await samples(one, 'process_cpu_seconds_total')).length, 0);
  });

  it('shows the refusals and repairs of its mode from the start, so that the first one is an increase', async () => {
    const repair = new Metrics({ version: '1.2.3', mode: 'repair', processMetrics: false });
    const shown = await samples(repair, 'holdfast_decisions_total');
    const expected = Object.values(REASONS).filter(({ kind }) => kind === 'refusal' || kind === 'repair');
    assert.equal(shown.length, expected.length);
    for (const line of shown) assert.match(line, /mode="repair"\} 0$/);
    assert.ok(
      shown.includes('holdfast_decisions_total{hook="mutate",verdict="patch",reason="Redirected",mode="repair"} 0'),
    );
    const audit = new Metrics({ version: '1.2.3', mode: 'audit', processMetrics: false });
    for (const line of await samples(audit, 'holdfast_decisions_total')) assert.match(line, /verdict="wouldDeny"/);
  });

  it('shows the use of each pool, forgets pools that are gone, and has a limit', async () => {
    const metrics = bare();
    const states = { assigned: 3, shared: 0, reserved: 0, sticky: 2, conflict: 0 };
    const use = (pool: string) => ({ pool, family: 'IPv6' as const, size: 1n << 64n, free: 16n, taken: 3, states });
    metrics.pools([use('old')]);
    metrics.pools([use('main')]);
    assert.deepEqual(await samples(metrics, 'holdfast_pool_'), [
      'holdfast_pool_size_ips{pool="main",family="IPv6"} 18446744073709552000',
      'holdfast_pool_free_ips{pool="main",family="IPv6"} 16',
      'holdfast_pool_taken_ips{pool="main",family="IPv6"} 3',
      'holdfast_pool_sticky_ips{pool="main",family="IPv6"} 2',
    ]);
    metrics.pools(Array.from({ length: 1000 }, (_, i) => use(`pool-${String(i).padStart(4, '0')}`)));
    const taken = await samples(metrics, 'holdfast_pool_taken_ips');
    assert.equal(taken.length, 201);
    assert.equal(taken.at(-1), 'holdfast_pool_taken_ips{pool="_others",family="IPv6"} 2400');
  });
});
