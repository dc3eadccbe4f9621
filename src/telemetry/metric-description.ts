import type { Registry } from 'prom-client';

/** What docs/metrics.md says of a metric. */
export interface MetricDescription {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** Without `le` of histograms. */
  readonly labels: readonly string[];
}

/** Every metric in the registry whose name begins with `holdfast_`. */
export function describeMetrics(registry: Registry): readonly MetricDescription[] {
  const described = registry.getMetricsAsArray().map((metric) => {
    // prom-client keeps the label names it was given, and does not type them.
    const { labelNames = [] } = metric as { readonly labelNames?: readonly string[] };
    return { name: metric.name, type: String(metric.type ?? ''), help: metric.help, labels: labelNames };
  });
  return described.filter(({ name }) => name.startsWith('holdfast_'));
}
