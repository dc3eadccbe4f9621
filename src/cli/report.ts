import type { BirthEvents } from '../app/birth-events.ts';
import { eventOf } from '../app/decision-events.ts';
import type { DecisionFeed } from '../app/decision-feed.ts';
import type { DecisionRecord, DecisionSink, ObjectEvent } from '../app/ports.ts';
import { type Decision, reasonOf } from '../core/decision.ts';
import { nameOf } from '../core/service-ref.ts';
import { type DecisionLine, DecisionLog } from '../telemetry/decision-log.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';

/** Who hears of decisions. */
export interface Audience {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly feed: DecisionFeed;
  readonly tell: (event: ObjectEvent) => void;
  /** Events of Services that do not exist yet. */
  readonly births: BirthEvents;
}

/** How grave an abstention is: a start-up, trouble elsewhere; anything else is an error. */
const LEVELS: Readonly<Record<string, 'info' | 'warn'>> = { NotReady: 'info', ClusterUnavailable: 'warn' };

/** Writes each decision to the log and the page, counts it, and tells what an operator should see as an Event. */
export function reportTo({ log, metrics, feed, tell, births }: Audience): DecisionSink {
  const decisions = new DecisionLog(log);
  return {
    decided: (record) => {
      const line = decisionLine(record);
      decisions.write(line);
      feed.add(record);
      const { hook, verdict, reason, mode, micros } = line;
      metrics.decided({ hook, verdict, reason, mode, micros });
      const opened = record.dryRun ? undefined : brokenGlass(record.decision);
      if (opened !== undefined) metrics.brokeGlass(opened);
      const event = eventOf(record);
      if (event !== undefined) tell(event);
      births.expect(record);
    },
    abstained: (reason, message) => {
      metrics.abstained(reason);
      log[LEVELS[reason] ?? 'error']({ reason }, `no decision: ${message}`);
    },
  };
}

/** Which annotation alone let a write through. */
function brokenGlass(decision: Decision): 'allow-move' | 'allow-strand' | undefined {
  if (decision.kind !== 'allow') return undefined;
  return decision.glass?.annotation;
}

/** One decision in the words of the log. */
export function decisionLine(record: DecisionRecord): DecisionLine {
  const { hook, decision, mode, object, kind, oldIps, newIps, user, dryRun, micros } = record;
  const line: DecisionLine = {
    hook,
    verdict: verdictOf(record),
    reason: reasonOf(decision),
    mode,
    service: kind === 'Service' ? nameOf(object) : `${kind} ${object.name}`,
    oldIps,
    newIps,
    user,
    dryRun,
    micros,
  };
  if (decision.kind === 'allow' && decision.glass === undefined && decision.advice === undefined) return line;
  const refusal = decision.kind === 'refuse' ? decision.violations[0] : undefined;
  const told = decision.kind === 'repair' ? decision : refusal;
  return {
    ...line,
    ...(decision.kind === 'repair' ? { storedIps: decision.final } : {}),
    ...(told?.holder === undefined ? {} : { holder: nameOf(told.holder) }),
    ...messageOf(decision, told?.message),
  };
}

function messageOf(decision: Decision, told: string | undefined): { readonly message?: string } {
  const glass = decision.kind === 'allow' ? decision.glass : undefined;
  const advice = decision.kind === 'repair' ? [] : (decision.advice ?? []);
  const all = [
    told,
    ...advice.map(({ reason, text }) => `${reason}: ${text}.`),
    glass && `${glass.annotation} until ${glass.until}, because: ${glass.why}.`,
  ].filter((text) => text !== undefined);
  return all.length === 0 ? {} : { message: all.join(' ') };
}

function verdictOf({ decision, mode, warnOnly }: DecisionRecord): DecisionLine['verdict'] {
  if (decision.kind === 'allow') return (decision.advice ?? []).length > 0 ? 'warn' : 'allow';
  if (decision.kind === 'repair') return 'patch';
  if (warnOnly) return 'warn';
  return mode === 'audit' ? 'wouldDeny' : 'deny';
}
