import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { PoolUse } from '../core/map/pool-use.ts';
import type { ClaimState } from '../review/claim-text.ts';
import { expectedDecisions } from './expected-decisions.ts';
import { describeMetrics, type MetricDescription } from './metric-description.ts';
import { PoolGauges } from './pool-gauges.ts';
import { Tally } from './tally.ts';

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
  /** The mode that runs; its refusals and repairs are shown as 0 from the start, so that the first one is an increase. */
  readonly mode?: 'audit' | 'enforce' | 'repair';
  /** Also the figures of the process (memory, CPU, event loop); true unless told otherwise. */
  readonly processMetrics?: boolean;
}

/** 100 microseconds to one second; a decision without a live read takes well below one millisecond. */
const DURATION_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** One to write into etcd; the webhook's whole time is 5 s. */
const CLAIM_BUCKETS = [0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];

const ABSTENTIONS = ['NotReady', 'ClusterUnavailable', 'Overloaded', 'BadReview', 'InternalError'] as const;
const BREAK_GLASS = ['allow-move', 'allow-strand'] as const;
const CLAIM_VERBS = ['create', 'update', 'delete'] as const;
const CLAIM_OUTCOMES = ['done', 'taken', 'failed'] as const;

/** One write of a claim, for counting. */
export interface ClaimWrite {
  readonly verb: (typeof CLAIM_VERBS)[number];
  readonly outcome: (typeof CLAIM_OUTCOMES)[number];
}

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
  readonly #connectionsRefused = new Counter({
    name: 'holdfast_connections_refused_total',
    help: 'Connections to the admission port that were closed at once because there are too many.',
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
    help: 'How often a watch was begun again: resumed (normal, every 5 to 10 minutes) or relisted (all read anew).',
    labelNames: ['resource', 'why'] as const,
    registers: [this.#registry],
  });
  readonly #live = new Gauge({
    name: 'holdfast_watch_live',
    help: '1 while a watch is open or its resource does not exist, 0 while it is being begun again.',
    labelNames: ['resource'] as const,
    registers: [this.#registry],
  });
  readonly #claims = new Gauge({
    name: 'holdfast_claims',
    help: 'IPClaims by state, as kubectl get ipclaims shows them.',
    labelNames: ['state'] as const,
    registers: [this.#registry],
  });
  readonly #claimWrites = new Histogram({
    name: 'holdfast_claim_write_duration_seconds',
    help: 'Time of a write of an IPClaim by verb and outcome; taken: somebody was faster, failed: no answer or an error.',
    labelNames: ['verb', 'outcome'] as const,
    buckets: CLAIM_BUCKETS,
    registers: [this.#registry],
  });
  readonly #pools = new PoolGauges(this.#registry);
  readonly #conflicts = new Gauge({
    name: 'holdfast_conflict_ips',
    help: 'Guarded IPs that several Services have which may not share them.',
    registers: [this.#registry],
  });
  readonly #eventsDropped = new Counter({
    name: 'holdfast_events_dropped_total',
    help: 'Kubernetes Events that were not written because there were too many.',
    registers: [this.#registry],
  });
  readonly #breakGlass = new Counter({
    name: 'holdfast_break_glass_total',
    help: 'Writes that only a holdfast.dev/allow-move or allow-strand annotation let through; dry runs do not count.',
    labelNames: ['annotation'] as const,
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

  readonly #decided = new Tally(this.#decisions);
  readonly #answered = new Tally(this.#answers);

  constructor({ version, mode, processMetrics = true }: MetricsOptions) {
    this.#build.set({ version }, 1);
    for (const reason of ABSTENTIONS) this.#abstentions.inc({ reason }, 0);
    for (const annotation of BREAK_GLASS) this.#breakGlass.inc({ annotation }, 0);
    for (const labels of mode === undefined ? [] : expectedDecisions(mode)) this.#decisions.inc(labels, 0);
    for (const verb of CLAIM_VERBS) {
      for (const outcome of CLAIM_OUTCOMES) this.#claimWrites.zero({ verb, outcome });
    }
    if (processMetrics) collectDefaultMetrics({ register: this.#registry });
  }

  decided({ hook, verdict, reason, mode, micros }: CountedDecision): void {
    this.#decided.add(`${hook} ${verdict} ${reason} ${mode}`, { hook, verdict, reason, mode });
    this.#duration.observe({ hook }, micros / 1e6);
  }

  abstained(reason: string): void {
    this.#abstentions.inc({ reason });
  }

  connectionRefused(): void {
    this.#connectionsRefused.inc();
  }

  answered(httpStatus: number): void {
    this.#answered.add(httpStatus, { code: String(httpStatus) });
  }

  ready(ready: boolean): void {
    this.#ready.set(ready ? 1 : 0);
  }

  /** @param seconds since the watch of this resource last heard from the API server */
  watchStaleness(resource: string, seconds: number): void {
    this.#staleness.set({ resource }, seconds);
  }

  /** @param times since the start of the process */
  watchRestarts(resource: string, times: { readonly resumed: number; readonly relisted: number }): void {
    for (const why of ['resumed', 'relisted'] as const) {
      this.#restarts.remove({ resource, why });
      this.#restarts.inc({ resource, why }, times[why]);
    }
  }

  watchLive(resource: string, live: boolean): void {
    this.#live.set({ resource }, live ? 1 : 0);
  }

  /** @param states how many claims are in each state; every state is named */
  claims(states: Readonly<Record<ClaimState, number>>): void {
    for (const [state, count] of Object.entries(states)) this.#claims.set({ state }, count);
  }

  /** @param seconds from the call to its answer */
  claimWritten({ verb, outcome }: ClaimWrite, seconds: number): void {
    this.#claimWrites.observe({ verb, outcome }, seconds);
  }

  /** The use of every pool; pools that are not named are gone. */
  pools(uses: readonly PoolUse[]): void {
    this.#pools.set(uses);
  }

  conflicts(ips: number): void {
    this.#conflicts.set(ips);
  }

  /** @param total since the start of the process */
  eventsDropped(total: number): void {
    this.#eventsDropped.reset();
    this.#eventsDropped.inc(total);
  }

  brokeGlass(annotation: (typeof BREAK_GLASS)[number]): void {
    this.#breakGlass.inc({ annotation });
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

  /** Name, type, help and labels of every metric of holdfast's own, for the docs. */
  describe(): readonly MetricDescription[] {
    return describeMetrics(this.#registry);
  }

  /** Runs before every scrape, for figures that are cheaper to ask for than to keep (staleness, ledger size). */
  beforeScrape(update: () => void): void {
    this.#scrapes.push(update);
  }

  /** The whole registry in Prometheus text format. */
  async render(): Promise<{ readonly contentType: string; readonly body: string }> {
    for (const update of this.#scrapes) update();
    this.#decided.flush();
    this.#answered.flush();
    return { contentType: this.#registry.contentType, body: await this.#registry.metrics() };
  }
}
