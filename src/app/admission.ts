import type { Decision, Judgement } from '../core/decision.ts';
import type { ServiceView } from '../core/service-view.ts';
import type { HandleReview, Hook, ReviewAnswer } from '../review/admission-types.ts';
import { decode, type ForeignReview, type Review } from '../review/decode.ts';
import { encode, encodeForeign } from '../review/encode.ts';
import { answerProblem, type Problem } from '../review/problem.ts';
import type { AdmissionParts } from './admission-parts.ts';
import { RequestAdviser } from './advise-requests.ts';
import { ClusterError } from './cluster-error.ts';
import { PoolGuard } from './guard-pools.ts';
import { StatusGuard } from './guard-status.ts';
import { PinAtCreate } from './pin-at-create.ts';
import { PinAtUpdate } from './pin-at-update.ts';
import { PinPrefix } from './pin-prefix.ts';
import type { Readiness } from './readiness.ts';
import { subjectOf } from './record-subject.ts';
import { StatusRepair } from './repair-status.ts';
import { RepeatedRestores } from './repeated-restores.ts';

/** A review that holdfast has a say in. */
type Known = Exclude<Review, ForeignReview>;

/** One call under way. */
interface Call {
  readonly hook: Hook;
  readonly budgetMs: number;
  readonly tell: (decision: Decision) => void;
}

/** The use case: one AdmissionReview in, one answer out. Which hook was called decides what is made of it. */
export class Admission {
  readonly #parts: AdmissionParts;
  readonly #guard: StatusGuard;
  readonly #pools: PoolGuard;
  readonly #adviser: RequestAdviser;
  readonly #repair: StatusRepair | undefined;
  readonly #pins: PinAtCreate | undefined;
  readonly #repins: PinAtUpdate | undefined;
  readonly #prefix: PinPrefix;

  constructor(parts: AdmissionParts, prefix = new PinPrefix()) {
    this.#parts = parts;
    this.#prefix = prefix;
    this.#guard = new StatusGuard(parts);
    this.#pools = new PoolGuard(parts);
    this.#adviser = new RequestAdviser(parts);
    const { keeper, mode } = parts;
    if (keeper === undefined || mode !== 'repair') return;
    const repair = { ...parts, keeper, prefix, restores: new RepeatedRestores() };
    this.#repair = new StatusRepair(repair);
    this.#pins = new PinAtCreate(repair);
    this.#repins = new PinAtUpdate(repair);
  }

  /** Answers one call. Never rejects: what goes wrong inside is an answer with code 500, outside 503. */
  readonly handle: HandleReview = async (body, { hook, budgetMs }) => {
    const decoded = decode(body, this.#known);
    if (!decoded.ok) return this.#abstain('BadReview', decoded.problem);
    const { review } = decoded;
    if (review.kind === 'foreign') return encodeForeign(review.uid);
    if (!this.#parts.readiness.mayDecide) return this.#abstain('NotReady', notReady(review, this.#parts.readiness));
    const start = this.#parts.clock.monotonic();
    const tell = (decision: Decision) => this.#record(review, { hook, decision, start });
    try {
      const call = { hook, budgetMs, tell };
      return hook === 'mutate' ? await this.#mutate(review, call) : await this.#validate(review, call);
    } catch (error) {
      return this.#failed(review, error);
    }
  };

  /** What the watch has brought of a Service, if it is of just this version. */
  readonly #known = (uid: string, version: number): ServiceView | undefined => {
    const seen = this.#parts.state.ledger.find(uid);
    return typeof seen === 'object' && seen.version === version ? seen : undefined;
  };

  async #mutate(review: Known, { budgetMs, tell }: Call): Promise<ReviewAnswer> {
    const untouched = encodeForeign(review.uid);
    if (review.kind === 'service-create') return (await this.#pins?.answer(review, budgetMs, tell)) ?? untouched;
    if (review.kind === 'service-update') return (await this.#repins?.answer(review, budgetMs, tell)) ?? untouched;
    if (review.kind !== 'status-update' || !this.#parts.metallbUsers.includes(review.user)) return untouched;
    this.#prefix.learn({ annotations: review.patched().annotations ?? {} });
    // It ends with 409 (docs/adr/0031): a claim would be for nothing. Should it be stored all the same, /validate decides.
    if (review.isOutdated) return untouched;
    return (await this.#repair?.answer(review, budgetMs, tell)) ?? untouched;
  }

  async #validate(review: Known, { budgetMs, tell }: Call): Promise<ReviewAnswer> {
    const { mode } = this.#parts;
    const warnOnly = this.#warnsOnly(review);
    const told = (judgement: Judgement): Judgement => {
      tell(judgement);
      return judgement;
    };
    switch (review.kind) {
      case 'status-update':
        return encode(review.uid, told(await this.#guard.decide(review, budgetMs)), { mode });
      case 'pool-change':
        return encode(review.uid, told(this.#pools.judgePool(review)), { mode });
      case 'namespace-change':
        return encode(review.uid, told(this.#pools.judgeNamespace(review)), { mode, warnOnly });
      case 'service-create':
      case 'service-update': {
        const was = review.kind === 'service-update' ? review.was : undefined;
        const judgement = this.#adviser.advise({ was, becomes: review.service });
        return encode(review.uid, told(judgement), { mode, warnOnly });
      }
    }
  }

  #record(review: Known, what: { readonly hook: Hook; readonly decision: Decision; readonly start: number }): void {
    const { clock, sink, mode, metallbUsers } = this.#parts;
    const { user, dryRun } = review;
    const actor = metallbUsers.includes(user) ? ('metallb' as const) : ('other' as const);
    const micros = Math.round((clock.monotonic() - what.start) * 1000);
    const { hook, decision } = what;
    const warnOnly = hook === 'validate' && this.#warnsOnly(review);
    sink.decided({
      hook,
      decision,
      mode,
      warnOnly,
      review: review.uid,
      ...subjectOf(review),
      user,
      actor,
      dryRun,
      micros,
    });
  }

  /** True when what is wrong with such a write is only told. */
  #warnsOnly({ kind }: Known): boolean {
    if (kind === 'namespace-change') return true;
    return (kind === 'service-create' || kind === 'service-update') && this.#parts.requestConflict === 'warn';
  }

  #failed({ uid }: Known, error: unknown): ReviewAnswer {
    if (error instanceof ClusterError) return this.#abstain('ClusterUnavailable', unavailable(uid, error));
    const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const message = 'the decision failed inside holdfast; its log has the cause. The failurePolicy applies.';
    this.#parts.sink.abstained('InternalError', cause);
    return answerProblem({ code: 500, reason: 'InternalError', message, uid });
  }

  #abstain(reason: 'NotReady' | 'ClusterUnavailable' | 'BadReview', problem: Problem): ReviewAnswer {
    this.#parts.sink.abstained(reason, problem.message);
    return answerProblem(problem);
  }
}

function unavailable(uid: string, { message: cause }: ClusterError): Problem {
  const message = `undecided, because the API server is needed for it and this failed: ${cause}; try again.`;
  return { code: 503, reason: 'ServiceUnavailable', message, uid };
}

function notReady({ uid }: Known, readiness: Readiness): Problem {
  const waitingFor = readiness.undecidedBecause().join('; ');
  const message = `not ready to decide, waiting for ${waitingFor}; the failurePolicy applies until it is. See /readyz.`;
  return { code: 503, reason: 'ServiceUnavailable', message, uid };
}
