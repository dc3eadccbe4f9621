import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
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
    assert.deepEqual(
      [...body.matchAll(/^# TYPE (.*)$/gm)].map(([, line]) => line),
      [
        'holdfast_decisions_total counter',
        'holdfast_decision_duration_seconds histogram',
        'holdfast_http_answers_total counter',
        'holdfast_abstentions_total counter',
        'holdfast_ready gauge',
        'holdfast_watch_staleness_seconds gauge',
        'holdfast_watch_restarts_total counter',
        'holdfast_ledger_ips gauge',
        'holdfast_ledger_services gauge',
        'holdfast_certificate_expiry_timestamp_seconds gauge',
        'holdfast_build_info gauge',
      ],
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
    metrics.watchRestarted('services', 'gone');
    metrics.ledger({ ips: 250, services: 249 });
    metrics.certificateExpires('tls', Date.UTC(2030, 0, 1));
    const { body } = await metrics.render();
    for (const line of [
      'holdfast_ready 0',
      'holdfast_http_answers_total{code="200"} 2',
      'holdfast_http_answers_total{code="503"} 1',
      'holdfast_abstentions_total{reason="NotReady"} 1',
      'holdfast_watch_staleness_seconds{resource="services"} 1.5',
      'holdfast_watch_restarts_total{resource="services",why="gone"} 1',
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
});
