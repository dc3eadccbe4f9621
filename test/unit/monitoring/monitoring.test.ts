import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { Metrics } from '../../../src/telemetry/metrics.ts';
import { alerts, dashboardQueries, groupedBy, metricsIn, RULES_TEST_FILE } from '../../monitoring/expressions.ts';

const METRICS_DOC = new URL('../../../docs/metrics.md', import.meta.url);
const ALERTS_DOC = new URL('../../../docs/alerts.md', import.meta.url);

const metrics = new Metrics({ version: '1', processMetrics: false });
metrics.registered(true);
const described = metrics.describe();
/** Given by Prometheus, not by holdfast. */
const FROM_SCRAPE = ['instance', 'job'];

/** The labels of every series that a scrape yields, by name. */
const series = new Map(
  described.flatMap(({ name, type, labels }) =>
    type === 'histogram'
      ? [
          [`${name}_bucket`, [...labels, 'le']] as const,
          [`${name}_sum`, labels] as const,
          [`${name}_count`, labels] as const,
        ]
      : [[name, labels] as const],
  ),
);

test('docs/metrics.md lists every metric with its type and labels, and invents none', async () => {
  const doc = await readFile(METRICS_DOC, 'utf8');
  const rows = [...doc.matchAll(/^\| `(holdfast_\w+)` \| (\w+) \| (.*?) \|/gm)].map(([, name, type, labels = '']) => ({
    name,
    type,
    labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label),
  }));
  const expected = described.map(({ name, type, labels }) => ({ name, type, labels }));
  assert.deepEqual(rows.sort(byName), expected.sort(byName));
});

for (const { where, expr } of [...alerts(), ...dashboardQueries()]) {
  test(`names only metrics and labels that exist: ${where}`, () => {
    const used = metricsIn(expr);
    assert.ok(used.length > 0, expr);
    for (const { name, labels } of used) {
      if (name.startsWith('process_')) continue;
      const known = series.get(name) ?? assert.fail(`there is no metric ${name}`);
      for (const label of labels) assert.ok([...known, ...FROM_SCRAPE].includes(label), `${name} has no ${label}`);
    }
    const all = used.flatMap(({ name }) => series.get(name) ?? []);
    for (const label of groupedBy(expr)) assert.ok([...all, ...FROM_SCRAPE].includes(label), `nothing has ${label}`);
  });
}

test('every alert says what, why and how bad, has a section in docs/alerts.md and a test', async () => {
  const [doc, tests] = await Promise.all([readFile(ALERTS_DOC, 'utf8'), readFile(RULES_TEST_FILE, 'utf8')]);
  const sections = [...doc.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  assert.deepEqual(
    sections,
    alerts().map(({ name }) => name),
  );
  // Some are named by a pattern there.
  const patterns = [...tests.matchAll(/alertname=~"([^"]+)"/g)].map(([, pattern]) => new RegExp(`^${pattern}$`));
  for (const { name, severity, annotations } of alerts()) {
    assert.ok(['critical', 'warning', 'info'].includes(severity), name);
    for (const key of ['summary', 'description'])
      assert.match(String(annotations[key]), /^.{20,}\.$/, `${name} ${key}`);
    assert.equal(annotations.runbook_url, `docs/alerts.md#${name.toLowerCase()}`);
    assert.ok(tests.includes(name) || patterns.some((pattern) => pattern.test(name)), `no test of ${name}`);
  }
});

function byName(one: { readonly name?: string | undefined }, other: { readonly name?: string | undefined }): number {
  return String(one.name) < String(other.name) ? -1 : 1;
}
