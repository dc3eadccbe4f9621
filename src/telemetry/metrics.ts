import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** One decision, for counting. All texts come from closed lists: they are labels. */
export interface CountedDecision {
  readonly hook: string;
  readonly verdict: string;
  readonly reason: string;
  readonly mode: string;
  /** Microseconds. */
  readonly micros: number;
}

/** See {@link Metrics}. */
export interface MetricsOptions {
  readonly version: string;
  /** Also the figures of the process (memory, CPU, event loop); true unless told otherwise. */
  readonly processMetrics?: boolean;
}

/** 100 microseconds to one second; a decision without a live read takes well below one millisecond. */
const DURATION_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** Every metric of holdfast, with its own registry, so that two instances in one process do not meet. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #scrapes: (() => void)[] = [];

  readonly #decisions = new Counter({
    name: 'holdfast_decisions_total',
    help: 'Decisions by hook, verdict, reason code (docs/reasons.md) and mode.',
    labelNames: ['hook', 'verdict', 'reason', 'mode'] as const,
    registers: [this.#registry],
  });
  readonly #duration = new Histogram({
    name: 'holdfast_decision_duration_seconds',
    help: 'Time from a decoded review to the decision, without reading and writing HTTP.',
    labelNames: ['hook'] as const,
    buckets: DURATION_BUCKETS,
    registers: [this.#registry],
  });
  readonly #answers = new Counter({
    name: 'holdfast_http_answers_total',
    help: 'Answers of the admission port by HTTP status. Anything but 200 makes the failurePolicy apply.',
    labelNames: ['code'] as const,
    registers: [this.#registry],
  });
  readonly #abstentions = new Counter({
    name: 'holdfast_abstentions_total',
    help: 'Reviews that ended without a decision, by reason code (docs/reasons.md). The failurePolicy applies.',
    labelNames: ['reason'] as const,
    registers: [this.#registry],
  });
  readonly #ready = new Gauge({
    name: 'holdfast_ready',
    help: '1 when this replica may decide, else 0.',
    registers: [this.#registry],
  });
  readonly #staleness = new Gauge({
    name: 'holdfast_watch_staleness_seconds',
    help: 'Seconds since a watch last heard from the API server.',
    labelNames: ['resource'] as const,
    registers: [this.#registry],
  });
  readonly #restarts = new Counter({
    name: 'holdfast_watch_restarts_total',
    help: 'How often a watch ended and was begun again, and why.',
    labelNames: ['resource', 'why'] as const,
    registers: [this.#registry],
  });
  readonly #ips = new Gauge({
    name: 'holdfast_ledger_ips',
    help: 'IPs that have a holder.',
    registers: [this.#registry],
  });
  readonly #services = new Gauge({
    name: 'holdfast_ledger_services',
    help: 'Services that hold at least one IP.',
    registers: [this.#registry],
  });
  readonly #expiry = new Gauge({
    name: 'holdfast_certificate_expiry_timestamp_seconds',
    help: 'When a certificate expires, Unix time.',
    labelNames: ['certificate'] as const,
    registers: [this.#registry],
  });
  readonly #registered = new Gauge({
    name: 'holdfast_registered',
    help: '1 while the webhook configurations are there, 0 when one was deleted. Absent with --register none.',
    registers: [],
  });
  readonly #build = new Gauge({
    name: 'holdfast_build_info',
    help: 'Always 1; the label is the version that runs.',
    labelNames: ['version'] as const,
    registers: [this.#registry],
  });

  constructor({ version, processMetrics = true }: MetricsOptions) {
    this.#build.set({ version }, 1);
    if (processMetrics) collectDefaultMetrics({ register: this.#registry });
  }

  decided({ micros, ...labels }: CountedDecision): void {
    this.#decisions.inc(labels);
    this.#duration.observe({ hook: labels.hook }, micros / 1e6);
  }

  abstained(reason: string): void {
    this.#abstentions.inc({ reason });
  }

  answered(httpStatus: number): void {
    this.#answers.inc({ code: String(httpStatus) });
  }

  ready(ready: boolean): void {
    this.#ready.set(ready ? 1 : 0);
  }

  /** @param seconds since the watch of this resource last heard from the API server */
  watchStaleness(resource: string, seconds: number): void {
    this.#staleness.set({ resource }, seconds);
  }

  watchRestarted(resource: string, why: string): void {
    this.#restarts.inc({ resource, why });
  }

  ledger(size: { readonly ips: number; readonly services: number }): void {
    this.#ips.set(size.ips);
    this.#services.set(size.services);
  }

  /** @param expiresAt epoch milliseconds */
  certificateExpires(certificate: 'ca' | 'tls', expiresAt: number): void {
    this.#expiry.set({ certificate }, expiresAt / 1000);
  }

  /** Whether the webhook configurations are there; never called by a replica that registers nothing. */
  registered(registered: boolean): void {
    this.#registry.registerMetric(this.#registered);
    this.#registered.set(registered ? 1 : 0);
  }

  /** Runs before every scrape, for figures that are cheaper to ask for than to keep (staleness, ledger size). */
  beforeScrape(update: () => void): void {
    this.#scrapes.push(update);
  }

  /** The whole registry in Prometheus text format. */
  async render(): Promise<{ readonly contentType: string; readonly body: string }> {
    for (const update of this.#scrapes) update();
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}
