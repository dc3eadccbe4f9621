import type { Decision, Repaired } from '../core/decision.ts';
import type { HandleReview, Hook, ReviewAnswer } from '../review/admission-types.ts';
import { type CreateReview, decode, type StatusReview } from '../review/decode.ts';
import { encode, encodeForeign } from '../review/encode.ts';
import { answerProblem, type Problem } from '../review/problem.ts';
import type { AdmissionParts } from './admission-parts.ts';
import { StatusGuard } from './guard-status.ts';
import { PinAtCreate } from './pin-at-create.ts';
import { PinPrefix } from './pin-prefix.ts';
import type { Readiness } from './readiness.ts';
import { StatusRepair } from './repair-status.ts';
import { RepeatedRestores } from './repeated-restores.ts';

type Known = StatusReview | CreateReview;

/** The use case: one AdmissionReview in, one answer out. Which hook was called decides what is made of it. */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #guard: StatusGuard;
  readonly #repair: StatusRepair | undefined;
  readonly #pins: PinAtCreate | undefined;
  readonly #prefix: PinPrefix;

  constructor(parts: AdmissionParts, prefix = new PinPrefix()) {
    this.#parts = parts;
    this.#prefix = prefix;
    this.#guard = new StatusGuard(parts);
    const { keeper, mode, pin } = parts;
    if (keeper === undefined || mode !== 'repair') return;
    const repair = { ...parts, keeper, prefix, restores: new RepeatedRestores() };
    this.#repair = new StatusRepair(repair);
    if (pin === 'create') this.#pins = new PinAtCreate(repair);
  }

  /** Answers one call. Never rejects: what goes wrong inside is an answer with code 500. */
  readonly handle: HandleReview = async (body, call) => {
    const decoded = decode(body);
    if (!decoded.ok) return this.#abstain('BadReview', decoded.problem);
    const { review } = decoded;
    if (review.kind === 'foreign') return encodeForeign(review.uid);
    if (!this.#parts.readiness.mayDecide) return this.#abstain('NotReady', notReady(review, this.#parts.readiness));
    try {
      return await this.#answer(review, call.hook, call.budgetMs);
    } catch (error) {
      return this.#failed(review, error);
    }
  };

  async #answer(review: Known, hook: Hook, budgetMs: number): Promise<ReviewAnswer> {
    const start = this.#parts.clock.monotonic();
    const tell = (decision: Decision) => this.#record(review, { hook, decision, start });
    if (hook === 'mutate') return this.#mutate(review, budgetMs, tell);
    if (review.kind === 'service-create') return encodeForeign(review.uid);
    const decision = await this.#guard.decide(review, budgetMs);
    tell(decision);
    return encode(review.uid, decision, this.#parts.mode);
  }

  async #mutate(review: Known, budgetMs: number, tell: (decision: Repaired) => void): Promise<ReviewAnswer> {
    if (review.kind === 'service-create')
      return (await this.#pins?.answer(review, budgetMs, tell)) ?? encodeForeign(review.uid);
    if (!this.#parts.metallbUsers.includes(review.user)) return encodeForeign(review.uid);
    this.#prefix.learn({ annotations: review.patched.annotations ?? {} });
    return (await this.#repair?.answer(review, budgetMs, tell)) ?? encodeForeign(review.uid);
  }

  #record(review: Known, what: { readonly hook: Hook; readonly decision: Decision; readonly start: number }): void {
    const { clock, sink, mode, metallbUsers } = this.#parts;
    const { user, dryRun } = review;
    const services =
      review.kind === 'status-update'
        ? { was: review.was, becomes: review.becomes }
        : { was: review.service, becomes: review.service };
    const actor = metallbUsers.includes(user) ? ('metallb' as const) : ('other' as const);
    const micros = Math.round((clock.monotonic() - what.start) * 1000);
    sink.decided({ hook: what.hook, decision: what.decision, mode, ...services, user, actor, dryRun, micros });
  }

  #failed({ uid }: Known, error: unknown): ReviewAnswer {
    const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const message = 'the decision failed inside holdfast; its log has the cause. The failurePolicy applies.';
    this.#parts.sink.abstained('InternalError', cause);
    return answerProblem({ code: 500, reason: 'InternalError', message, uid });
  }

  #abstain(reason: 'NotReady' | 'BadReview', problem: Problem): ReviewAnswer {
    this.#parts.sink.abstained(reason, problem.message);
    return answerProblem(problem);
  }
}

function notReady({ uid }: Known, readiness: Readiness): Problem {
  const waitingFor = readiness.undecidedBecause().join('; ');
  const message = `not ready to decide, waiting for ${waitingFor}; the failurePolicy applies until it is. See /readyz.`;
  return { code: 503, reason: 'ServiceUnavailable', message, uid };
}
