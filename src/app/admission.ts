import { decideStatusWrite } from '../core/decide.ts';
import type { Decision } from '../core/decision.ts';
import type { Scope } from '../core/facts.ts';
import type { IpAddress } from '../core/net/ip.ts';
import type { HandleReview, ReviewAnswer } from '../review/admission-types.ts';
import { decode, type StatusReview } from '../review/decode.ts';
import { encode, encodeForeign } from '../review/encode.ts';
import { answerProblem, type Problem } from '../review/problem.ts';
import type { ClusterState } from './cluster-state.ts';
import { confirmHolders } from './confirm-holders.ts';
import { gather } from './gather.ts';
import type { ServiceMode } from './mode.ts';
import type { Clock, DecisionSink, ServiceReader } from './ports.ts';
import type { Readiness } from './readiness.ts';

/** What an {@link Admission} works with. */
export interface AdmissionParts {
  readonly state: ClusterState;
  readonly readiness: Readiness;
  readonly reader: ServiceReader;
  readonly sink: DecisionSink;
  readonly clock: Clock;
  readonly mode: ServiceMode;
  readonly scope: Scope;
  /** User names whose writes count as MetalLB's. */
  readonly metallbUsers: readonly string[];
}

/**
 * How long an allowed write may still be stored: the API server gives up after 60 s (--request-timeout), and the same
 * again is for clocks and queues. Milliseconds.
 */
export const RESERVATION_MS = 120_000;

/** The use case: one AdmissionReview in, one answer out. `decode → gather → decide → reserve → encode`. */
export class Admission {
  readonly #parts: AdmissionParts;

  constructor(parts: AdmissionParts) {
    this.#parts = parts;
  }

  /** Answers one call. Never rejects: what goes wrong inside is an answer with code 500. */
  readonly handle: HandleReview = async (body, call) => {
    const decoded = decode(body);
    if (!decoded.ok) return this.#abstain('BadReview', decoded.problem);
    const { review } = decoded;
    if (review.kind === 'foreign') return encodeForeign(review.uid);
    try {
      return await this.#answer(review, call.budgetMs);
    } catch (error) {
      const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const message = 'the decision failed inside holdfast; its log has the cause. The failurePolicy applies.';
      this.#parts.sink.abstained('InternalError', cause);
      return answerProblem({ code: 500, reason: 'InternalError', message, uid: review.uid });
    }
  };

  async #answer(review: StatusReview, budgetMs: number): Promise<ReviewAnswer> {
    const { readiness, clock, sink, mode, metallbUsers } = this.#parts;
    if (!readiness.mayDecide) return this.#abstain('NotReady', notReady(review, readiness));
    const start = clock.monotonic();
    const decision = await this.#decide(review, budgetMs);
    const { was, becomes, user, dryRun } = review;
    const actor = metallbUsers.includes(user) ? 'metallb' : 'other';
    const micros = Math.round((clock.monotonic() - start) * 1000);
    sink.decided({ decision, mode, was, becomes, user, actor, dryRun, micros });
    return encode(review.uid, decision, mode);
  }

  /**
   * Decides and reserves in one turn of the event loop, so that two writes in flight cannot both get an IP. When the
   * decision rests on what another Service holds, that Service is read live first: the watch may be behind by a few
   * milliseconds, and a deletion must free the IP at once.
   */
  async #decide(review: StatusReview, budgetMs: number): Promise<Decision> {
    const first = this.#decideNow(review);
    const { state, reader } = this.#parts;
    const doubtful = restsOnOthers(first, review);
    if (doubtful.length === 0) return this.#reserve(review, first);
    await confirmHolders({ state, reader, ips: doubtful, except: review.was.ref.uid, budgetMs });
    return this.#reserve(review, this.#decideNow(review));
  }

  #decideNow(review: StatusReview): Decision {
    const { state, scope, clock } = this.#parts;
    return decideStatusWrite(gather(review, state, scope, clock.now()));
  }

  #reserve(review: StatusReview, decision: Decision): Decision {
    if (decision.kind === 'refuse' || review.dryRun) return decision;
    const ips = decision.effects.flatMap((effect) => (effect.kind === 'hold' ? [effect.ip] : []));
    const { state, clock } = this.#parts;
    if (ips.length > 0) state.ledger.reserve(review.was, ips, clock.now() + RESERVATION_MS);
    return decision;
  }

  #abstain(reason: 'NotReady' | 'BadReview', problem: Problem): ReviewAnswer {
    this.#parts.sink.abstained(reason, problem.message);
    return answerProblem(problem);
  }
}

/** The IPs for which a decision is only right if the ledger is right about other Services. */
function restsOnOthers(decision: Decision, { was }: StatusReview): readonly IpAddress[] {
  if (decision.kind === 'refuse') {
    return decision.violations.flatMap(({ reason, ip }) => (reason === 'Theft' && ip !== undefined ? [ip] : []));
  }
  const doubtful = decision.effects.filter(
    (effect) =>
      effect.kind === 'release' && (effect.because === 'DuplicateResolved' || effect.because === 'SharingBroken'),
  );
  return doubtful.map(({ ip }) => ip).filter((ip) => was.assigned.includes(ip));
}

function notReady({ uid }: StatusReview, readiness: Readiness): Problem {
  const waitingFor = readiness.undecidedBecause().join('; ');
  const message = `not ready to decide, waiting for ${waitingFor}; the failurePolicy applies until it is. See /readyz.`;
  return { code: 503, reason: 'ServiceUnavailable', message, uid };
}
