import { reasonOf } from '../core/decision.ts';
import { nameOf } from '../core/service-ref.ts';
import type { DecisionRecord } from './ports.ts';

/** One decision as the page shows it: no user names, those are in the log. */
export interface FeedEntry {
  /** Grows by one with each; together with {@link DecisionFeed.epoch} it never comes twice. */
  readonly number: number;
  /** Epoch ms. */
  readonly at: number;
  readonly verdict: 'allowed' | 'warned' | 'repaired' | 'refused' | 'would refuse';
  readonly reason: string;
  readonly kind: DecisionRecord['kind'];
  /** Empty for objects of the cluster. */
  readonly namespace: string;
  readonly name: string;
  readonly oldIps: readonly string[];
  readonly newIps: readonly string[];
  /** What is stored instead, when the write was repaired. */
  readonly storedIps?: readonly string[];
  /** `namespace/name` of whoever holds the IP at stake. */
  readonly holder?: string;
  readonly writer: 'MetalLB' | 'somebody else';
  readonly dryRun: boolean;
  /** What the caller was told. */
  readonly message?: string;
}

/**
 * How many decisions are kept. Few enough that under load an entry is gone before V8's young generation (node-flags.ts) has
 * been collected twice: what lives longer is moved to the old one, whose collection stops everything.
 */
export const FEED_LENGTH = 100;

/** The last decisions that changed or refused something, and whoever listens for the next. */
export class DecisionFeed {
  /** Tells this run of the process from others: epoch ms of its start. */
  readonly epoch: number;
  /** A ring; `number` says which is the oldest. To shift an array for each decision would move all others. */
  readonly #entries: FeedEntry[] = [];
  readonly #listeners = new Set<(entry: FeedEntry) => void>();
  readonly #now: () => number;
  #number = 0;
  /** When a status was repaired last, epoch ms. */
  #repairedAt = Number.NEGATIVE_INFINITY;

  constructor(now: () => number) {
    this.#now = now;
    this.epoch = now();
  }

  /** Adds a decision; everyday ones, which leave everything as it is, are left out. */
  add(record: DecisionRecord): void {
    if (!isNews(record)) return;
    const entry = entryOf(record, this.#number + 1, this.#now());
    if (this.#isEcho(entry)) return;
    if (ECHOED.has(entry.reason)) this.#repairedAt = entry.at;
    this.#entries[this.#number % FEED_LENGTH] = entry;
    this.#number += 1;
    for (const hear of this.#listeners) hear(entry);
  }

  /** What is kept of the decisions after this number, the oldest first. */
  after(number: number): readonly FeedEntry[] {
    return this.#entries.filter((entry) => entry.number > number).sort((one, other) => one.number - other.number);
  }

  /** Calls `hear` with each further decision. @returns what ends that */
  listen(hear: (entry: FeedEntry) => void): () => void {
    this.#listeners.add(hear);
    return () => this.#listeners.delete(hear);
  }

  /** The validating hook's yes to a write that the mutating one has just repaired: the same write, told already. */
  #isEcho({ verdict, at, namespace, name, newIps }: FeedEntry): boolean {
    if (verdict !== 'allowed' || this.#repairedAt <= at - ECHO_WITHIN_MS) return false;
    return this.#entries.some(
      (one) =>
        ECHOED.has(one.reason) &&
        one.at > at - ECHO_WITHIN_MS &&
        one.namespace === namespace &&
        one.name === name &&
        one.storedIps?.join() === newIps.join(),
    );
  }
}

/** Repairs of a status: the same write comes to the validating hook right after. */
const ECHOED: ReadonlySet<string> = new Set(['Redirected', 'Restored']);
const ECHO_WITHIN_MS = 5_000;

function isNews({ decision, oldIps, newIps }: DecisionRecord): boolean {
  if (decision.kind !== 'allow' || decision.reason === 'StrandAllowed') return true;
  return oldIps.length !== newIps.length || oldIps.some((ip) => !newIps.includes(ip));
}

function entryOf(record: DecisionRecord, number: number, at: number): FeedEntry {
  const { decision, kind, object, oldIps, newIps, actor, dryRun } = record;
  const entry: FeedEntry = {
    number,
    at,
    verdict: verdictOf(record),
    reason: reasonOf(decision),
    kind,
    namespace: object.namespace,
    name: object.name,
    oldIps,
    newIps,
    writer: actor === 'metallb' ? 'MetalLB' : 'somebody else',
    dryRun,
  };
  if (decision.kind === 'allow') return entry;
  const told = decision.kind === 'repair' ? decision : decision.violations[0];
  return {
    ...entry,
    ...(decision.kind === 'repair' ? { storedIps: decision.final } : {}),
    ...(told.holder === undefined ? {} : { holder: nameOf(told.holder) }),
    message: told.message,
  };
}

function verdictOf({ decision, mode, warnOnly }: DecisionRecord): FeedEntry['verdict'] {
  if (decision.kind === 'allow') return 'allowed';
  if (decision.kind === 'repair') return 'repaired';
  if (warnOnly) return 'warned';
  return mode === 'audit' ? 'would refuse' : 'refused';
}
